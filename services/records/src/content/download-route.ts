import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { begun, HttpProblem } from '@careplane/kit';
import type { Request, Response } from '@careplane/kit';
import { rangeOf } from './byte-range.ts';
import type { Download } from './content.ts';

/** No browser runs or shows what somebody uploaded under the clinic's own origin. */
const GUARDS = {
  'content-disposition': 'attachment',
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'no-store',
} as const;

/**
 * Answers a GET or HEAD with the bytes of a content, or with a range of them (`Range`, `If-Range`, `If-None-Match`). The first bytes are decrypted before the answer begins; later ones that are refused break it off.
 * @throws HttpProblem 416; what the content's `read` throws before its first bytes
 */
export async function sendContent(req: Request, res: Response, content: Download): Promise<void> {
  const { size, contentType } = content;
  const headers = { ...GUARDS, ...headersOf(content) };
  if (isKnown(req.get('if-none-match'), headers.etag)) {
    res.status(304).set(headers).end();
    return;
  }
  const range = mayBePart(req, headers) ? rangeOf(req.get('range'), size) : undefined;
  if (range === 'unsatisfiable') {
    throw new HttpProblem(416, 'Range not satisfiable', {
      headers: { 'content-range': `bytes */${String(size)}` },
    });
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  const head = {
    ...{ ...headers, 'content-type': contentType, 'content-length': String(end - start + 1) },
    ...(range ? { 'content-range': `bytes ${String(start)}-${String(end)}/${String(size)}` } : {}),
  };
  if (req.method === 'HEAD') {
    res
      .status(range ? 206 : 200)
      .set(head)
      .end();
    return;
  }
  const answer = { status: range ? 206 : 200, headers: head };
  await sendBytes(res, answer, content.read(size === 0 ? undefined : { start, end }));
}

/** Answers with bytes as they come. What is refused before the first of them is still a problem; what is refused later breaks off. */
export async function sendBytes(
  res: Response,
  { status, headers }: { readonly status: number; readonly headers: Readonly<Record<string, string>> },
  source: AsyncIterable<Buffer>,
): Promise<void> {
  const bytes = await begun(source);
  res.status(status).setHeaders(new Map(Object.entries(headers)));
  await pipeline(Readable.from(bytes, { objectMode: false }), res);
}

function headersOf({
  tag,
  sha256,
  createdAt,
}: Download): Readonly<Record<string, string>> & Readonly<Record<'etag' | 'last-modified', string>> {
  return {
    etag: `"${tag}"`,
    'last-modified': createdAt.toUTCString(),
    'accept-ranges': 'bytes',
    ...(sha256 ? { 'repr-digest': `sha-256=:${sha256.toString('base64')}:` } : {}),
  };
}

function isKnown(header: string | undefined, tag: string): boolean {
  const tags = header?.split(',').map((one) => one.trim().replace(/^W\//, '')) ?? [];
  return tags.includes('*') || tags.includes(tag);
}

/** Whether what the client has a part of is still this (RFC 9110, 13.1.5). */
function mayBePart(req: Request, known: Readonly<Record<'etag' | 'last-modified', string>>): boolean {
  const asked = req.get('if-range');
  return asked === undefined || asked === known.etag || asked === known['last-modified'];
}
