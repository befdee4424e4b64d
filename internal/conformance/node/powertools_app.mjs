import { Router } from '@aws-lambda-powertools/event-handler/http';
import * as contract from './contract.mjs';

const app = new Router();

const body = async (req) => Buffer.from(await req.arrayBuffer());
const text = (content, status = 200, headers = {}) =>
  new Response(content, { status, headers: { 'content-type': contract.TEXT, ...headers } });
const json = (value) => Response.json(value);

const echo = async ({ req }) => {
  const { pathname, search } = new URL(req.url);
  return json(contract.echo(req.method, pathname + search, [...req.headers], await body(req)));
};
for (const path of ['/echo', '/echo/:rest', '/echo/:rest/']) {
  app.route(echo, { path, method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] });
}
app.get('/status/:code', ({ params }) => text('status ' + params.code, Number(params.code)));
app.get('/binary', (context) => {
  context.isBase64Encoded = true;
  return new Response(contract.BINARY, { headers: { 'content-type': contract.BYTES } });
});
app.get('/utf8', () => text(contract.UTF8));
app.get('/gzip', () => new Response(contract.GZIP, {
  headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
}));
app.post('/form', async ({ req }) => json(contract.pairs(await req.text())));
app.post('/multipart', async ({ req }) =>
  json(await contract.multipart(req.headers.get('content-type'), await body(req))));
app.get('/redirect', () => text('', 302, { location: contract.TARGET }));
app.get('/cookies', () => {
  const response = text('cookies');
  for (const cookie of contract.COOKIES) response.headers.append('set-cookie', cookie);
  return response;
});
app.get('/headers', () => {
  const response = text('headers', 200, { 'x-one': '1' });
  response.headers.append('x-list', 'a');
  response.headers.append('x-list', 'b');
  return response;
});
app.get('/empty', () => text(''));
app.get('/nocontent', () => new Response(null, { status: 204 }));
app.get('/error', () => text('Internal Server Error', 500));
app.get('/large', () => text(contract.LARGE));

export const handler = async (event, context) => app.resolve(event, context);
