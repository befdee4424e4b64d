import { serve as listen } from '@hono/node-server';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { stream } from 'hono/streaming';
import * as contract from './contract.mjs';

export const app = new Hono();

const body = async (c) => Buffer.from(await c.req.arrayBuffer());
const text = (c, content, status, headers) =>
  c.body(content, status, { 'content-type': contract.TEXT, ...headers });

app.all('/echo/*', async (c) => {
  const { pathname, search } = new URL(c.req.raw.url);
  return c.json(contract.echo(c.req.method, pathname + search, [...c.req.raw.headers], await body(c)));
});
app.get('/status/:code', (c) => text(c, 'status ' + c.req.param('code'), Number(c.req.param('code'))));
app.get('/binary', (c) => c.body(contract.BINARY, 200, { 'content-type': contract.BYTES }));
app.get('/utf8', (c) => text(c, contract.UTF8));
app.get('/gzip', (c) =>
  c.body(contract.GZIP, 200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }));
app.post('/form', async (c) => c.json(contract.pairs(await c.req.text())));
app.post('/multipart', async (c) => c.json(await contract.multipart(c.req.header('content-type'), await body(c))));
app.get('/redirect', (c) => c.redirect(contract.TARGET));
app.get('/cookies', (c) => {
  for (const cookie of contract.COOKIES) c.header('set-cookie', cookie, { append: true });
  return text(c, 'cookies');
});
app.get('/headers', (c) => {
  c.header('x-one', '1');
  c.header('x-list', 'a', { append: true });
  c.header('x-list', 'b', { append: true });
  return text(c, 'headers');
});
app.get('/empty', (c) => text(c, ''));
app.get('/nocontent', (c) => c.body(null, 204));
app.get('/error', () => {
  throw new Error('boom');
});
app.onError((err, c) => text(c, 'Internal Server Error', 500));
app.get('/large', (c) => text(c, contract.LARGE));
app.get('/stream', (c) => {
  c.header('content-type', contract.TEXT);
  return stream(c, async (out) => {
    for (let i = 0; i < 5; i++) await out.write(`line ${i}\n`);
  });
});

export const handler = handle(app);
export const serve = (done) => {
  listen({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, (info) => done(info.port));
};
