// aws-lambda-ric's native client in plain JavaScript, which takes its place where
// it has not been compiled, or where RAPID_CLIENT is "javascript":
// node --require rapid_client.cjs …/aws-lambda-ric/index.mjs

const http = require('node:http');
const Module = require('node:module');

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let base;

function call(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const req = http.request(`${base}/2018-06-01/runtime/invocation/${path}`, { method, headers, agent }, (res) => {
      const chunks = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => resolve({ bodyJson: Buffer.concat(chunks).toString('utf8'), headers: res.headers }));
    });
    req.on('error', reject);
    req.end(body);
  });
}

const client = {
  initializeClient() {
    base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API;
  },
  next() {
    client.initializeClient();
    return call('GET', 'next');
  },
  done(id, body) {
    return call('POST', `${id}/response`, { 'content-type': 'application/json' }, body);
  },
  error(id, body, cause) {
    return call('POST', `${id}/error`, { 'lambda-runtime-function-xray-error-cause': cause }, body);
  },
};

const load = Module._load;
Module._load = function (name, ...rest) {
  if (!name.endsWith('rapid-client.node')) return load.call(this, name, ...rest);
  if (process.env.RAPID_CLIENT === 'javascript') return client;
  try {
    return load.call(this, name, ...rest);
  } catch {
    return client;
  }
};
