import serverlessExpress from '@codegenie/serverless-express';
import express from 'express';
import * as contract from './contract.mjs';

export const app = express();
app.disable('etag');
app.disable('x-powered-by');

app.all(['/echo', '/echo/{*rest}'], async (req, res) => {
  res.json(contract.echo(req.method, req.originalUrl, Object.entries(req.headers), await contract.read(req)));
});
app.get('/status/:code', (req, res) => {
  res.status(Number(req.params.code)).type(contract.TEXT).send('status ' + req.params.code);
});
app.get('/binary', (req, res) => res.type(contract.BYTES).send(contract.BINARY));
app.get('/utf8', (req, res) => res.type(contract.TEXT).send(contract.UTF8));
app.get('/gzip', (req, res) => res.type('json').set('content-encoding', 'gzip').send(contract.GZIP));
app.post('/form', async (req, res) => res.json(contract.pairs((await contract.read(req)).toString())));
app.post('/multipart', async (req, res) => {
  res.json(await contract.multipart(req.headers['content-type'], await contract.read(req)));
});
app.get('/redirect', (req, res) => res.redirect(contract.TARGET));
app.get('/cookies', (req, res) => res.set('set-cookie', contract.COOKIES).type(contract.TEXT).send('cookies'));
app.get('/headers', (req, res) => {
  res.set('x-one', '1').set('x-list', ['a', 'b']).type(contract.TEXT).send('headers');
});
app.get('/empty', (req, res) => res.type(contract.TEXT).send(''));
app.get('/nocontent', (req, res) => res.status(204).end());
app.get('/error', () => {
  throw new Error('boom');
});
app.get('/large', (req, res) => res.type(contract.TEXT).send(contract.LARGE));

// The adapter's own handler takes a callback too, which the runtime client refuses since Node.js 24's.
const adapter = serverlessExpress({ app, binarySettings: { contentTypes: [contract.BYTES] } });
export const handler = async (event, context) => adapter(event, context);
export const serve = (done) => {
  const server = app.listen(0, '127.0.0.1', () => done(server.address().port));
};
