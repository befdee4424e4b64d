import Koa from 'koa';
import serverless from 'serverless-http';
import * as contract from './contract.mjs';

export const app = new Koa();
app.silent = true;

const text = (ctx, body) => {
  ctx.body = body;
  ctx.type = contract.TEXT;
};

const routes = {
  'GET binary': (ctx) => {
    ctx.body = contract.BINARY;
    ctx.type = contract.BYTES;
  },
  'GET utf8': (ctx) => text(ctx, contract.UTF8),
  'GET gzip': (ctx) => {
    ctx.body = contract.GZIP;
    ctx.type = 'application/json';
    ctx.set('content-encoding', 'gzip');
  },
  'POST form': async (ctx) => {
    ctx.body = contract.pairs((await contract.read(ctx.req)).toString());
  },
  'POST multipart': async (ctx) => {
    ctx.body = await contract.multipart(ctx.headers['content-type'], await contract.read(ctx.req));
  },
  'GET redirect': (ctx) => ctx.redirect(contract.TARGET),
  'GET cookies': (ctx) => {
    ctx.set('set-cookie', contract.COOKIES);
    text(ctx, 'cookies');
  },
  'GET headers': (ctx) => {
    ctx.set({ 'x-one': '1', 'x-list': ['a', 'b'] });
    text(ctx, 'headers');
  },
  'GET empty': (ctx) => text(ctx, ''),
  'GET nocontent': (ctx) => {
    ctx.status = 204;
  },
  'GET error': () => {
    throw new Error('boom');
  },
  'GET large': (ctx) => text(ctx, contract.LARGE),
};

app.use(async (ctx) => {
  const [, first, second] = ctx.path.split('/');
  if (first === 'echo') {
    ctx.body = contract.echo(ctx.method, ctx.originalUrl, Object.entries(ctx.headers), await contract.read(ctx.req));
  } else if (first === 'status') {
    ctx.status = Number(second);
    text(ctx, 'status ' + second);
  } else {
    await routes[ctx.method + ' ' + first]?.(ctx);
  }
});

export const handler = serverless(app, { binary: [contract.BYTES] });
export const serve = (done) => {
  const server = app.listen(0, '127.0.0.1', () => done(server.address().port));
};
