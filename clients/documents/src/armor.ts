import { base64 } from '@scure/base';
import { ByteSource, type ByteStream } from './bytes.ts';
import { inChunks } from './chunks.ts';
import { DocumentError } from './document-error.ts';

const BEGIN = '-----BEGIN AGE ENCRYPTED FILE-----';
const END = '-----END AGE ENCRYPTED FILE-----';
const LINE_BYTES = 48;
const LINE_CHARACTERS = 64;
/** So many lines become text at once. */
const LINES = 1024;
/** How much white space may stand before the text, and after it. */
const MARGIN_BYTES = 1024;

/** An age file as text, for places that take only text: a third longer. */
export function encodeArmor(): TransformStream<Uint8Array, Uint8Array> {
  return inChunks(LINE_BYTES * LINES, {
    start(enqueue): Promise<void> {
      enqueue(ascii(`${BEGIN}\n`));
      return Promise.resolve();
    },
    work(chunk, _, isLast): Uint8Array {
      const lines = base64.encode(chunk).match(/.{1,64}/g) ?? [];
      return ascii([...lines, ...(isLast ? [END] : []), ''].join('\n'));
    },
  });
}

/** The age file that is given as it is or as text. */
export async function withoutArmor(given: ByteStream): Promise<{ file: ByteStream; isText: boolean }> {
  const source = new ByteSource(given);
  const first = String.fromCharCode((await source.peek()) ?? 0);
  // A file that is not text begins with `age`.
  const isText = first === '-' || first.trim() === '';
  return { file: isText ? decodeArmor(source.rest()) : source.rest(), isText };
}

/** The age file of a text. Errors the stream with DocumentError armor-malformed. */
export function decodeArmor(armored: ByteStream): ByteStream {
  const lines = new ArmorLines(armored.pipeThrough(withLastLineFeed()));
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const { body, isEnd } = await lines.read();
      if (body !== '') controller.enqueue(decode(body));
      if (isEnd) controller.close();
    },
    cancel: (reason) => lines.cancel(reason),
  });
}

class ArmorLines {
  readonly #source: ByteSource;
  #isBegun = false;
  /** After a line that is short or padded only the end may come. */
  #isFull = true;

  constructor(armored: ByteStream) {
    this.#source = new ByteSource(armored);
  }

  /** Some lines of base64, one after the other, at least one unless it is the end. */
  async read(): Promise<{ body: string; isEnd: boolean }> {
    if (!this.#isBegun) await this.#begin();
    this.#isBegun = true;
    const body: string[] = [];
    while (body.length < LINES) {
      const line = await this.#line();
      if (line === END) {
        await this.#demandNothing();
        return { body: body.join(''), isEnd: true };
      }
      if (!this.#isFull || line === '') throw malformed('a line has another length');
      this.#isFull = line.length === LINE_CHARACTERS && !line.endsWith('=');
      body.push(line);
    }
    return { body: body.join(''), isEnd: false };
  }

  cancel(reason: unknown): Promise<void> {
    return this.#source.cancel(reason);
  }

  async #begin(): Promise<void> {
    for (let left = MARGIN_BYTES; left > 0;) {
      const line = await this.#source.line(left);
      if (line === undefined) break;
      left -= line.length + 1;
      const beginning = text(line).trimStart();
      if (beginning === '') continue;
      if (beginning.replace(/\r$/, '') === BEGIN) return;
      break;
    }
    throw malformed('its first line is another one');
  }

  async #line(): Promise<string> {
    // One more for the carriage return, one for the line feed.
    const line = await this.#source.line(LINE_CHARACTERS + 2);
    if (line === undefined) throw malformed('a line is too long, or the end is missing');
    return text(line).replace(/\r$/, '');
  }

  async #demandNothing(): Promise<void> {
    let left = MARGIN_BYTES;
    for await (const part of this.#source.rest()) {
      left -= part.length;
      if (left < 0 || text(part).trim() !== '') throw malformed('something follows it');
    }
  }
}

/** A file may end without one. */
function withLastLineFeed(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    flush: (controller) => {
      controller.enqueue(ascii('\n'));
    },
  });
}

function decode(body: string): Uint8Array {
  try {
    return base64.decode(body);
  } catch {
    // The error quotes its input.
    throw malformed('it is not base64');
  }
}

function malformed(how: string): DocumentError {
  return new DocumentError('armor-malformed', `the text form of the age file is broken: ${how}`);
}

function ascii(line: string): Uint8Array {
  return new TextEncoder().encode(line);
}

function text(line: Uint8Array): string {
  return new TextDecoder('latin1').decode(line);
}
