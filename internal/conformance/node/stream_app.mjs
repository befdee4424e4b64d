// A response stream without a framework: awslambda is what aws-lambda-ric gives a handler.

import * as contract from './contract.mjs';

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const out = awslambda.HttpResponseStream.from(stream, {
    statusCode: 200,
    headers: { 'content-type': contract.TEXT, 'x-one': '1' },
    cookies: contract.COOKIES,
  });
  for (let i = 0; i < 5; i++) out.write(`line ${i}\n`);
  out.end();
});
