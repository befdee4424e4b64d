// Node's fetch, or fetch or request of undici, takes the steps that it reads, as JSON, and prints what came of them.
// gateway_client.mjs CLIENT <plan

import { readFileSync, writeFileSync } from 'node:fs';
import { lookup as resolve } from 'node:dns';
import net from 'node:net';
import { gunzipSync } from 'node:zlib';
import * as undici from 'undici';

const name = process.argv[2];
const plan = JSON.parse(readFileSync(0));
const cookies = new Map(); // none of the clients keeps them
const noTime = { headersTimeout: 60_000, bodyTimeout: 60_000 };

// Names resolve to 127.0.0.1, as lines of /etc/hosts would let them.
const lookup = (host, options, done) =>
  plan.hosts.includes(host.toLowerCase())
    ? done(null, options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1', 4)
    : resolve(host, options, done);

// Connections go to ports of this machine instead of some hosts, whoever asks for them.
const connect = net.connect;
net.connect = (options, ...rest) => {
  const port = plan.divert[options.host ?? options.hostname];
  return connect(port ? { ...options, host: '127.0.0.1', hostname: '127.0.0.1', port } : options, ...rest);
};

function dispatcher() {
  const proxyTunnel = plan.tunnel ? {} : { proxyTunnel: false };
  if (plan.proxy) return new undici.ProxyAgent({ uri: plan.proxy, ...proxyTunnel, ...noTime });
  if (process.env.HTTP_PROXY) return new undici.EnvHttpProxyAgent({ ...proxyTunnel, ...noTime });
  return new undici.Agent({ connect: { lookup }, ...noTime });
}

// Node's own fetch takes the dispatcher of the package too: undici.setGlobalDispatcher is how.
undici.setGlobalDispatcher(dispatcher());

// What a client is given for a step.
function request(step, json) {
  const url = new URL(step.url);
  for (const [key, value] of step.query) url.searchParams.append(key, value);
  const headers = new Headers(step.header);
  if (cookies.size) headers.set('cookie', [...cookies].map(([key, value]) => `${key}=${value}`).join('; '));
  let body;
  if (json ?? step.json) {
    headers.set('content-type', 'application/json');
    body = JSON.stringify(json ?? step.json);
  } else if (step.form) {
    body = new URLSearchParams(step.form);
  } else if (step.body) {
    body = Buffer.from(step.body, 'base64');
  }
  return { url, options: { method: step.method, headers, body } };
}

const keep = (lines) => {
  for (const line of lines) {
    const [pair] = line.split(';');
    cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
  }
};

// An answer of a fetch; of request, in the same form, which follows no redirects and decodes nothing.
async function open(step, json, signal) {
  const { url, options } = request(step, json);
  if (name !== 'undici.request') {
    const res = await (name === 'fetch' ? fetch : undici.fetch)(url, { ...options, signal });
    keep(res.headers.getSetCookie());
    return { status: res.status, url: res.url, header: Object.fromEntries(res.headers), body: res.body };
  }
  const { headers, body } = options;
  const form = body instanceof URLSearchParams;
  if (form) headers.set('content-type', 'application/x-www-form-urlencoded');
  const given = { method: options.method, headers: Object.fromEntries(headers), body: form ? String(body) : body, signal };
  let at = url;
  for (;;) {
    const res = await undici.request(at, given);
    keep([res.headers['set-cookie'] ?? []].flat());
    if (res.headers.location === undefined) {
      return { status: res.statusCode, url: String(at), header: res.headers, body: res.body };
    }
    await res.body.dump();
    at = new URL(res.headers.location, at);
  }
}

async function call(step, json, signal) {
  const answer = await open(step, json, signal);
  const chunks = [];
  for await (const chunk of answer.body ?? []) chunks.push(chunk);
  let body = Buffer.concat(chunks);
  if (name === 'undici.request' && answer.header['content-encoding'] === 'gzip') body = gunzipSync(body);
  return { ...answer, header: flat(answer.header), body: body.toString('base64') };
}

const flat = (header) => Object.fromEntries(Object.entries(header).map(([key, value]) => [key, String(value)]));
const why = (err) => [err, err.cause].filter(Boolean).map(String).join(': ');

// Makes the file that the function waits for when it has the first part of a stream.
async function stream(step) {
  const events = [];
  const gone = new AbortController();
  let got = '';
  try {
    const answer = await open(step, undefined, gone.signal);
    for await (const chunk of answer.body) {
      got += Buffer.from(chunk);
      for (const part of ['first', 'last'].filter((p) => got.includes(p) && !events.includes(p))) {
        events.push(part);
        if (part !== 'first') continue;
        if (step.kind === 'gone') {
          gone.abort(); // which ends the loop with an error
        } else {
          writeFileSync(step.release, '');
          events.push('released');
        }
      }
    }
    return { ...answer, header: flat(answer.header), body: Buffer.from(got).toString('base64'), events };
  } catch (err) {
    return gone.signal.aborted ? { events } : { error: why(err), events };
  }
}

async function take(step) {
  switch (step.kind) {
    case 'call':
      return call(step);
    case 'impatient':
      return call(step, undefined, AbortSignal.timeout(1000));
    case 'parallel': {
      const all = await Promise.all(Array.from({ length: step.times }, (_, n) => call(step, { n })));
      const text = (encoded) => Buffer.from(encoded, 'base64').toString();
      return { events: all.map((answer) => String(JSON.parse(text(JSON.parse(text(answer.body)).body)).n)) };
    }
  }
  return stream(step);
}

const answers = {};
for (const step of plan.steps) {
  try {
    answers[step.name] = await take(step);
  } catch (err) {
    answers[step.name] = { error: why(err) };
  }
}
console.log(JSON.stringify(answers));
await undici.getGlobalDispatcher().destroy();
