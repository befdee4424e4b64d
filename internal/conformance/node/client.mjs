// The AWS SDK for JavaScript calls the local Lambda; prints what it got as JSON.

import { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } from '@aws-sdk/client-lambda';

const client = new LambdaClient({ maxAttempts: 1 });
const payload = (value) => Buffer.from(JSON.stringify(value));
const calls = {
  invoke: { FunctionName: 'probe', Payload: payload({ say: 'Grüße' }) },
  arn: {
    FunctionName: 'arn:aws:lambda:eu-central-1:123456789012:function:probe',
    Qualifier: '$LATEST',
    Payload: payload({}),
  },
  'client context': {
    FunctionName: 'probe',
    ClientContext: payload({ custom: { a: 'b' } }).toString('base64'),
    Payload: payload({}),
  },
  'log tail': { FunctionName: 'probe', LogType: 'Tail', Payload: payload({ say: 'something' }) },
  'dry run': { FunctionName: 'probe', InvocationType: 'DryRun', Payload: payload({}) },
  async: { FunctionName: 'probe', InvocationType: 'Event', Payload: payload({ say: 'later' }) },
  'function error': { FunctionName: 'probe', Payload: payload({ fail: true }) },
  throttle: { FunctionName: 'busy', Payload: payload({}) },
  'unknown function': { FunctionName: 'nobody', Payload: payload({}) },
};

const result = {};
for (const [name, input] of Object.entries(calls)) {
  try {
    const out = await client.send(new InvokeCommand(input));
    const body = Buffer.from(out.Payload ?? '').toString();
    result[name] = {
      status: out.StatusCode,
      version: out.ExecutedVersion ?? '',
      function_error: out.FunctionError ?? '',
      request_id: out.$metadata.requestId,
      log: Buffer.from(out.LogResult ?? '', 'base64').toString(),
      payload: body ? JSON.parse(body) : null,
    };
  } catch (err) {
    result[name] = {
      status: err.$metadata?.httpStatusCode,
      code: err.name,
      message: err.message,
      reason: err.Reason ?? '',
    };
  }
}
const chunks = [];
const { EventStream } = await client.send(
  new InvokeWithResponseStreamCommand({ FunctionName: 'stream', Payload: payload({}) }),
);
for await (const event of EventStream) {
  if (event.PayloadChunk) chunks.push(Buffer.from(event.PayloadChunk.Payload));
}
result.stream = { text: Buffer.concat(chunks).toString() };
console.log(JSON.stringify(result));
