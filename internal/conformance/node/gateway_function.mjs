// The function on Hono with which clients of the gateway are tried: the contract's application and what it
// lacks, as a response stream. Where it waits, it waits for the file that the request names.

import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamHandle } from 'hono/aws-lambda';
import { stream } from 'hono/streaming';
import * as contract from './contract.mjs';
import { app } from './hono_app.mjs';

const until = async (c) => {
  while (!existsSync(c.req.query('until'))) await sleep(5);
};
const text = (c, content) => c.body(content, 200, { 'content-type': contract.TEXT });

// Two parts, the second when the file is there; ended is what happens then.
const parts = (path, type, first, ended) =>
  app.get(path, (c) => {
    c.header('content-type', type);
    return stream(c, async (out) => {
      await out.write(first);
      await until(c);
      await ended(out);
    });
  });

app.get('/absolute', (c) =>
  c.redirect(`${c.req.header('x-forwarded-proto')}://${c.req.header('host')}${contract.TARGET}`));
app.get('/wait', async (c) => {
  await until(c);
  return text(c, 'waited');
});
parts('/handshake', contract.TEXT, 'first\n', (out) => out.write('last\n'));
parts('/sse', 'text/event-stream', 'data: first\n\n', (out) => out.write('data: last\n\n'));
parts('/break', contract.TEXT, 'first\n', () => process.exit(1));
app.get('/crash', (c) => {
  console.error('secret of', process.env.AWS_LAMBDA_FUNCTION_NAME);
  process.exit(1);
});
app.post('/touch', (c) => {
  writeFileSync(c.req.query('file'), '');
  return c.json('touched');
});

export const handler = streamHandle(app);
