import type { IncomingMessage } from 'node:http';
import { parse as parseForm } from 'node:querystring';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { RequestHandler } from 'express';
import { errorCode } from '../observe/describe-error.ts';
import { isDeeperThan } from './depth.ts';
import { HttpProblem } from './errors.ts';

/** Deeper JSON than any resource needs; what walks it recursively must not run out of stack. */
const DEEPEST = 64;

type Inflate = (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const INFLATE: Readonly<Record<string, Inflate>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};
/** What is still read of a body that is refused. */
const REFUSED_BYTES = 8_388_608;

/**
 * Reads a request's body whole, inflated. No content type and no encoding escapes the limit: it counts for the bytes on the
 * wire and for what they inflate to.
 * @returns undefined when the request has none
 * @throws HttpProblem 413 too large, 415 unknown or stacked encodings, 400 when it cannot be inflated or breaks off
 */
export async function readBody(req: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  const length = req.headers['content-length'];
  if (length === undefined && req.headers['transfer-encoding'] === undefined) return undefined;
  try {
    const inflated = inflaterOf(req);
    if (Number(length ?? 0) > limitBytes) throw tooLarge();
    const bytes = await collect(req, limitBytes);
    return inflated === undefined || bytes.length === 0
      ? bytes
      : await inflateWith(inflated, bytes, limitBytes);
  } catch (error) {
    await discardBody(req);
    throw error;
  }
}

/** The bytes that `bodies` has read, as they were sent but inflated; for who must see what JSON.parse lets pass. */
const read = new WeakMap<IncomingMessage, Buffer>();

/** The inflated bytes of the body; undefined when there is none or nobody has read it. */
export function bodyBytes(req: IncomingMessage): Buffer | undefined {
  return read.get(req);
}

/**
 * Reads every body up to a limit and sets `req.body`: JSON (`application/json` and `+json`) and forms, in UTF-8. Anything else is 415:
 * a route that nobody expects a picture at takes none.
 */
export function bodies(limitBytes: number): RequestHandler {
  return async (req, _res, next) => {
    const bytes = await readBody(req, limitBytes);
    if (bytes !== undefined) {
      read.set(req, bytes);
      req.body = parsed(req.headers['content-type'], bytes);
    }
    next();
  };
}

function parsed(contentType: string | undefined, bytes: Buffer): unknown {
  const kind = kindOf(contentType);
  if (kind === undefined) {
    if (bytes.length === 0) return undefined;
    throw new HttpProblem(415, 'The media type is not supported');
  }
  const text = utf8(bytes);
  if (kind === 'json' && isDeeperThan(bytes, DEEPEST))
    throw new HttpProblem(400, 'The request body is nested too deeply');
  return kind === 'form' ? { ...parseForm(text, '&', '=', { maxKeys: 200 }) } : json(text);
}

/** `application/json`, `application/fhir+json; charset=utf-8`, ... (RFC 9110, 8.3.1). */
function kindOf(contentType = ''): 'json' | 'form' | undefined {
  const [type = '', ...parameters] = contentType.toLowerCase().split(';');
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) return undefined;
  const essence = type.trim();
  if (essence === 'application/x-www-form-urlencoded') return 'form';
  return /^application\/(?:[\w.-]{1,100}\+)?json$/.test(essence) ? 'json' : undefined;
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new HttpProblem(400, 'The request body is no UTF-8', { cause: error });
  }
}

/** Objects and arrays only, as every route expects; an empty body is an empty object. */
function json(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw new HttpProblem(400, 'The request cannot be read', { cause: error });
  }
  throw new HttpProblem(400, 'The request cannot be read');
}

function inflaterOf(req: IncomingMessage): Inflate | undefined {
  const coding = req.headers['content-encoding']?.trim().toLowerCase();
  if (coding === undefined || coding === '' || coding === 'identity') return undefined;
  const known = Object.hasOwn(INFLATE, coding) ? INFLATE[coding] : undefined;
  if (known) return known;
  throw new HttpProblem(415, 'The content encoding is not supported', {
    headers: { 'accept-encoding': 'gzip, deflate, br, zstd' },
  });
}

function collect(req: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (error?: Error): void => {
      req.off('data', take).off('end', whole).off('close', broken).off('error', broken);
      if (error) reject(error);
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes));
    };
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > limitBytes) settle(tooLarge());
      else chunks.push(chunk);
    };
    const whole = (): void => {
      settle();
    };
    const broken = (): void => {
      settle(new HttpProblem(400, 'The request body broke off'));
    };
    req.on('data', take).once('end', whole).once('close', broken).on('error', broken);
  });
}

async function inflateWith(inflated: Inflate, bytes: Buffer, limitBytes: number): Promise<Buffer> {
  try {
    return await inflated(bytes, { maxOutputLength: limitBytes });
  } catch (error) {
    if (errorCode(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new HttpProblem(400, 'The request body cannot be decompressed');
  }
}

/**
 * Reads a body that is refused to its end without keeping it, so that the answer comes after the request and is not lost in a reset:
 * until the deadline of the request, and no more than a client sends by mistake; then the connection ends.
 */
export async function discardBody(req: IncomingMessage): Promise<void> {
  if (req.complete || req.destroyed || Number(req.headers['content-length'] ?? 0) > REFUSED_BYTES) return;
  await new Promise<void>((resolve) => {
    let bytes = 0;
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > REFUSED_BYTES) req.socket.destroy();
    };
    const done = (): void => {
      req.off('data', count).off('end', done).off('close', done);
      resolve();
    };
    req
      .on('error', () => undefined)
      .on('data', count)
      .once('end', done)
      .once('close', done);
  });
}

/** Nobody waits for the rest of a body that is far too large: the connection ends with the answer. */
function tooLarge(): HttpProblem {
  return new HttpProblem(413, 'The request body is too large', { headers: { connection: 'close' } });
}
