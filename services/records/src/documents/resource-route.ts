import type { Request, Response, Stored } from '@careplane/kit';
import { FHIR_JSON } from '@careplane/kit';
import { sendBytes } from '../content/download-route.ts';
import type { Download } from '../content/index.ts';

/** Answers a content as the resource that has it in base64: what is sent at a time is in memory, and no more. */
export async function sendAsResource(
  req: Request,
  res: Response,
  { stored, content }: { readonly stored: Stored; readonly content: Download },
): Promise<void> {
  const frame = JSON.stringify({ ...stored, data: '' });
  const headers = {
    'cache-control': 'no-store',
    'content-type': `${FHIR_JSON}; charset=utf-8`,
    'content-length': String(Buffer.byteLength(frame) + 4 * Math.ceil(content.size / 3)),
    etag: `W/"${stored.meta.versionId}"`,
  };
  if (req.method === 'HEAD') res.status(200).set(headers).end();
  else await sendBytes(res, { status: 200, headers }, framed(frame, content.read()));
}

/** The frame ends with an empty text, the bytes go into it. */
async function* framed(frame: string, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let [before, rest] = [frame.slice(0, -2), Buffer.alloc(0)];
  for await (const bytes of content) {
    const all = Buffer.concat([rest, bytes]);
    const whole = all.length - (all.length % 3);
    rest = all.subarray(whole);
    yield Buffer.from(`${before}${all.subarray(0, whole).toString('base64')}`);
    before = '';
  }
  yield Buffer.from(`${before}${rest.toString('base64')}${frame.slice(-2)}`);
}
