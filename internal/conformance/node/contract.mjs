// The contract's fixed answers, and what Node's frameworks leave to the
// application; ../contract.go is the specification.

export const TEXT = 'text/plain; charset=utf-8';
export const BYTES = 'application/octet-stream';
export const UTF8 = 'Grüße, 世界 🌍';
export const BINARY = Buffer.from(Array.from({ length: 1024 }, (_, i) => i % 256));
export const GZIP = Buffer.from('H4sIAAAAAAACA6tWSs7PLShKLS5OTVGyKikqTa0FAPHqOZUTAAAA', 'base64');
export const LARGE = '0123456789abcde\n'.repeat(5 << 16);
export const TARGET = '/echo/target?x=1';
export const COOKIES = [
  'a=1; Path=/',
  'b=2; Path=/; HttpOnly',
  'c=3; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT',
];

// What /echo answers. url is a path with a query; headers are pairs.
export function echo(method, url, headers, body) {
  const [path, query = ''] = split(url, '?');
  const cookie = headers.find(([name]) => name.toLowerCase() === 'cookie')?.[1] ?? '';
  return {
    method,
    path: decodeURIComponent(path),
    query: pairs(query),
    headers: headers.map(([name, value]) => [name, String(value)]), // some adapters give a length as a number
    cookies: cookie.split(';').map((c) => split(c.trim(), '=')).filter((c) => c.length === 2).sort(),
    body: Buffer.from(body).toString('base64'),
    length: body.length,
  };
}

export function pairs(query) {
  return [...new URLSearchParams(query)];
}

// What /multipart answers.
export async function multipart(type, body) {
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  const fields = [];
  const files = [];
  for (const [name, value] of form) {
    if (typeof value === 'string') {
      fields.push([name, value]);
    } else {
      const bytes = Buffer.from(await value.arrayBuffer());
      files.push({ name, filename: value.name, type: value.type, body: bytes.toString('base64') });
    }
  }
  return { fields, files };
}

export async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function split(text, at) {
  const i = text.indexOf(at);
  return i < 0 ? [text] : [text.slice(0, i), text.slice(i + 1)];
}
