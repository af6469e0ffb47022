import { base64nopad } from '@scure/base';
import { Stanza } from 'age-encryption';
import { ByteSource, concat, streamOf, type Bytes, type ByteStream } from './bytes.ts';
import { DocumentError } from './document-error.ts';
import { headerMac } from './file-key.ts';

/** The header of an age file (c2sp.org/age): for whom the file key is wrapped, and the HMAC over that. It holds no content. */
export interface Header {
  /** The file key, wrapped once for each recipient. */
  readonly stanzas: readonly Stanza[];
  /** HMAC-SHA-256 by a key that is derived from the file key. */
  readonly mac: Uint8Array;
  /** The header as it stands in the file. */
  readonly bytes: Bytes;
}

/** A header may have so many bytes: some six hundred post-quantum recipients. A file from elsewhere must not fill the memory. */
export const MAX_HEADER_BYTES = 1_048_576;

/** And so many recipients: a file must not be a flood of short ones either. */
export const MAX_RECIPIENTS = 1_024;

const VERSION = 'age-encryption.org/v1';
const MAC_BYTES = 32;
const BODY_LINE_BYTES = 48;
const BODY_LINE_CHARACTERS = 64;

/** Visible ASCII, in words with one space between. */
const STANZA = /^-> ([!-~]+(?: [!-~]+)*)$/;
const MAC = /^--- ([!-~]+)$/;

/** Takes the header off a file. The payload is whatever follows; it is not read.
 * @throws DocumentError header-malformed */
export async function splitFile(file: ByteStream): Promise<{ header: Header; payload: ByteStream }> {
  const source = new ByteSource(file);
  try {
    return { header: await readHeader(source), payload: source.rest() };
  } catch (error) {
    await source.cancel(error);
    throw error;
  }
}

/** The file of a header and a payload that are kept apart: a standard age file. */
export function joinFile(header: Uint8Array, payload: ByteStream): ByteStream {
  return new ByteSource(payload, header).rest();
}

/** A header that is kept apart from its payload. @throws DocumentError header-malformed, also when something follows it */
export async function parseHeader(bytes: Uint8Array): Promise<Header> {
  const { header } = await splitFile(streamOf(bytes));
  if (header.bytes.length !== bytes.length) throw malformed('something follows it');
  return header;
}

/** @param fileKey authenticates the stanzas; it is not part of what is written */
export function encodeHeader(stanzas: readonly Stanza[], fileKey: Uint8Array): Bytes {
  const signed = ascii(`${[VERSION, ...stanzas.flatMap(stanzaLines)].join('\n')}\n---`);
  return concat([signed, ascii(` ${base64nopad.encode(headerMac(fileKey, signed))}\n`)]);
}

function stanzaLines({ args, body }: Stanza): string[] {
  const lines = [`-> ${args.join(' ')}`];
  // A line that is not full ends the body, so one is there also after full ones.
  for (let at = 0; at <= body.length; at += BODY_LINE_BYTES)
    lines.push(base64nopad.encode(body.subarray(at, at + BODY_LINE_BYTES)));
  return lines;
}

async function readHeader(source: ByteSource): Promise<Header> {
  const lines: string[] = [];
  let left = MAX_HEADER_BYTES;
  const next = async (): Promise<string> => {
    // The first line is short in every age file: no need to search a foreign one for its end.
    const line = await source.line(lines.length === 0 ? VERSION.length + 1 : left);
    if (line === undefined) throw malformed('it has no end');
    left -= line.length + 1;
    lines.push(text(line));
    return lines.at(-1) ?? '';
  };
  if ((await next().catch(() => '')) !== VERSION)
    throw new DocumentError('header-malformed', 'this is not an age file of version 1');
  const stanzas: Stanza[] = [];
  for (;;) {
    const line = await next();
    const [, mac] = MAC.exec(line) ?? [];
    if (mac !== undefined) return { stanzas, mac: decodeMac(mac), bytes: ascii(`${lines.join('\n')}\n`) };
    if (stanzas.length === MAX_RECIPIENTS) throw malformed('it has too many recipients');
    stanzas.push(await readStanza(line, next));
  }
}

async function readStanza(line: string, next: () => Promise<string>): Promise<Stanza> {
  const [, words] = STANZA.exec(line) ?? [];
  if (words === undefined) throw malformed('a recipient is not readable');
  const body: Uint8Array[] = [];
  for (let isLast = false; !isLast;) {
    const encoded = await next();
    if (encoded.length > BODY_LINE_CHARACTERS) throw malformed('a line is too long');
    isLast = encoded.length < BODY_LINE_CHARACTERS;
    body.push(decode(encoded));
  }
  return new Stanza(words.split(' '), concat(body));
}

function decodeMac(encoded: string): Uint8Array {
  const mac = decode(encoded);
  if (mac.length !== MAC_BYTES) throw malformed('its HMAC has another length');
  return mac;
}

function decode(encoded: string): Uint8Array {
  try {
    return base64nopad.decode(encoded);
  } catch {
    // The error quotes its input.
    throw malformed('it is not base64');
  }
}

function malformed(how: string): DocumentError {
  return new DocumentError('header-malformed', `the header of the age file is broken: ${how}`);
}

function ascii(line: string): Bytes {
  return new TextEncoder().encode(line);
}

/** One character a byte, so that what is not ASCII stays visible to the patterns above. */
function text(line: Uint8Array): string {
  return new TextDecoder('latin1').decode(line);
}
