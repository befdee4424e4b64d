import awsLambdaFastify from '@fastify/aws-lambda';
import fastify from 'fastify';
import * as contract from './contract.mjs';

export const app = fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (req, body, done) => done(null, body));

const text = (reply, body) => reply.type(contract.TEXT).send(body);

for (const url of ['/echo', '/echo/*']) {
  app.all(url, async (req) =>
    contract.echo(req.method, req.raw.url, Object.entries(req.headers), req.body ?? Buffer.alloc(0)));
}
app.get('/status/:code', (req, reply) => text(reply.code(Number(req.params.code)), 'status ' + req.params.code));
app.get('/binary', (req, reply) => reply.type(contract.BYTES).send(contract.BINARY));
app.get('/utf8', (req, reply) => text(reply, contract.UTF8));
app.get('/gzip', (req, reply) =>
  reply.type('application/json').header('content-encoding', 'gzip').send(contract.GZIP));
app.post('/form', async (req) => contract.pairs(req.body.toString()));
app.post('/multipart', (req) => contract.multipart(req.headers['content-type'], req.body));
app.get('/redirect', (req, reply) => reply.redirect(contract.TARGET));
app.get('/cookies', (req, reply) => text(reply.header('set-cookie', contract.COOKIES), 'cookies'));
app.get('/headers', (req, reply) => text(reply.headers({ 'x-one': '1', 'x-list': ['a', 'b'] }), 'headers'));
app.get('/empty', (req, reply) => text(reply, ''));
app.get('/nocontent', (req, reply) => reply.code(204).send());
app.get('/error', async () => {
  throw new Error('boom');
});
app.get('/large', (req, reply) => text(reply, contract.LARGE));

// The adapter's own handler takes a callback too, which the runtime client refuses since Node.js 24's.
const adapter = awsLambdaFastify(app, {
  binaryMimeTypes: [contract.BYTES],
  albMultiValueHeaders: process.env.ALB_MULTI_VALUE === 'true',
});
export const handler = async (event, context) => adapter(event, context);
export const serve = async (done) => {
  await app.listen({ host: '127.0.0.1', port: 0 });
  done(app.server.address().port);
};
