import { HttpProblem, Invalid } from '@careplane/kit';
import type { FieldFault, Request } from '@careplane/kit';

import type { Checksum } from './append.ts';

/** tus.io/protocols/resumable-upload, with its extensions creation, checksum, expiration and termination. */
export const TUS_VERSION = '1.0.0';
export const OFFSET_TYPE = 'application/offset+octet-stream';
const LENGTHS = { sha1: 20, sha256: 32 } as const;
/** What hashes the bytes of a request. */
export const CHECKSUMS = Object.keys(LENGTHS) as readonly Checksum['algorithm'][];

/** A number of bytes. @throws Invalid with the header's name */
export function byteCount(req: Request, header: string): number {
  const text = req.get(header) ?? '';
  if (!/^\d{1,15}$/.test(text)) throw invalid(header, 'a number of bytes');
  return Number(text);
}

/** The bytes of the whole content, undefined when the client does not know them yet. @throws Invalid */
export function uploadLength(req: Request): number | undefined {
  if (req.get('upload-length') !== undefined) return byteCount(req, 'upload-length');
  if (req.get('upload-defer-length') === '1') return undefined;
  throw invalid('upload-length', 'a number of bytes, or upload-defer-length: 1');
}

/** What the client says of the content: `key base64,key base64`. @throws Invalid */
export function uploadMetadata(req: Request): Readonly<Record<string, string>> {
  const pairs = (req.get('upload-metadata') ?? '').split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const [key = '', value = '', ...more] = pair.trim().split(' ');
      if (more.length > 0) throw invalid('upload-metadata', 'keys with their values in base64');
      return [key, base64(value, 'upload-metadata').toString('utf8')];
    }),
  );
}

/** The checksum of the request's own bytes. @throws HttpProblem 400 for an algorithm that is not known */
export function uploadChecksum(req: Request): Checksum | undefined {
  const header = req.get('upload-checksum');
  if (header === undefined) return undefined;
  const [algorithm = '', value = ''] = header.split(' ');
  if (!isAlgorithm(algorithm)) throw invalid('upload-checksum', `one of ${CHECKSUMS.join(', ')}`);
  const digest = base64(value, 'upload-checksum');
  if (digest.length !== LENGTHS[algorithm]) throw invalid('upload-checksum', 'a whole checksum in base64');
  return { algorithm, digest };
}

/** The SHA-256 of the whole content (`Repr-Digest`, RFC 9530); other algorithms are not looked at. @throws Invalid */
export function reprDigest(req: Request): Buffer | undefined {
  const digest = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]*):/.exec(req.get('repr-digest') ?? '')?.[1];
  if (digest === undefined) return undefined;
  const bytes = base64(digest, 'repr-digest');
  if (bytes.length !== LENGTHS.sha256) throw invalid('repr-digest', 'a whole checksum in base64');
  return bytes;
}

/** @throws HttpProblem 412 that says which version is spoken here */
export function requireVersion(req: Request): void {
  if (req.get('tus-resumable') === TUS_VERSION) return;
  throw new HttpProblem(412, 'Precondition failed', {
    detail: 'The header tus-resumable must name a version that is spoken here',
    headers: { 'tus-version': TUS_VERSION },
  });
}

function isAlgorithm(text: string): text is Checksum['algorithm'] {
  return (CHECKSUMS as readonly string[]).includes(text);
}

function base64(text: string, header: string): Buffer {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    throw invalid(header, 'base64');
  return Buffer.from(text, 'base64');
}

function invalid(header: string, message: string): Invalid {
  const fault: FieldFault = { path: `headers.${header}`, message: `must be ${message}` };
  return new Invalid([fault]);
}
