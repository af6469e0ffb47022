import { sharedString } from './shared-strings.ts';

/** How a field's value is laid out: https://protobuf.dev/programming-guides/encoding/. Groups are none that Kubernetes has. */
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/** What {@link WireReader.nextTag} gives at the end of a message: no field has the number 0. */
const END = 0;
const VARINT_BYTES = 10;

/** The tag of a number or a boolean. */
export function varint(field: number): number {
  return (field << 3) | VARINT;
}

/** The tag of a text, of bytes and of a message. */
export function delimited(field: number): number {
  return (field << 3) | DELIMITED;
}

/** Reads one field of a message into an object. */
type FieldReader<T> = (reader: WireReader, into: T) => void;

/** Those of a message, by tag. Fields of other tags are skipped. */
export type MessageFields<T> = readonly (FieldReader<T> | undefined)[];

export function messageFields<T>(readers: Record<number, FieldReader<T>>): MessageFields<T> {
  const fields = new Array<FieldReader<T> | undefined>(Math.max(...Object.keys(readers).map(Number)) + 1);
  fields.fill(undefined);
  for (const [tag, reader] of Object.entries(readers)) fields[Number(tag)] = reader;
  return fields;
}

/** Reads protobuf in one pass, without a copy of what it skips. Throws for bytes that are none. */
export class WireReader {
  readonly #bytes: Buffer;
  #at: number;
  #end: number;

  constructor(bytes: Buffer, from = 0, to = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  /** Reads what is left as the fields of a message. */
  fields<T>(fields: MessageFields<T>, into: T): T {
    for (let tag = this.#nextTag(); tag !== END; tag = this.#nextTag()) {
      const read = tag < fields.length ? fields[tag] : undefined;
      if (read === undefined) this.#skip(tag);
      else read(this, into);
    }
    return into;
  }

  /** The value of a field that is a message. */
  message<T>(fields: MessageFields<T>, into: T): T {
    const outer = this.#end;
    this.#end = this.#endOfValue();
    this.fields(fields, into);
    this.#end = outer;
    return into;
  }

  /** The value of a field that is bytes, to be read later or otherwise. */
  embedded(): WireReader {
    const to = this.#endOfValue();
    const reader = new WireReader(this.#bytes, this.#at, to);
    this.#at = to;
    return reader;
  }

  /** A number. One below 0 comes out as a huge one: no field that is read here has any. */
  number(): number {
    let value = 0;
    let weight = 1;
    for (let count = 0; count < VARINT_BYTES; count++) {
      if (this.#at >= this.#end) throw malformed('it ends inside a number');
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * weight;
      if (byte < 0x80) return value;
      weight *= 0x80;
    }
    throw malformed('a number without an end');
  }

  boolean(): boolean {
    return this.number() !== 0;
  }

  text(): string {
    const to = this.#endOfValue();
    const text = this.#bytes.toString('utf8', this.#at, to);
    this.#at = to;
    return text;
  }

  /** A short text that many objects have: the same string for all of them. */
  sharedText(): string {
    const to = this.#endOfValue();
    const text = sharedString(this.#bytes, this.#at, to);
    this.#at = to;
    return text;
  }

  /** Whether these bytes come next; then it is behind them. */
  passes(expected: Buffer): boolean {
    const to = this.#at + expected.length;
    if (to > this.#end || expected.compare(this.#bytes, this.#at, to) !== 0) return false;
    this.#at = to;
    return true;
  }

  #nextTag(): number {
    if (this.#at === this.#end) return END;
    const tag = this.number();
    if (tag < varint(1)) throw malformed('a field of number 0');
    return tag;
  }

  /** Reads the length that goes before a value. */
  #endOfValue(): number {
    const length = this.number();
    if (length > this.#end - this.#at)
      throw malformed(`a value of ${length} bytes where ${this.#end - this.#at} are left`);
    return this.#at + length;
  }

  #skip(tag: number): void {
    const type = tag & 7;
    if (type === VARINT) this.number();
    else if (type === DELIMITED) this.#at = this.#endOfValue();
    else if (type === FIXED64) this.#pass(8);
    else if (type === FIXED32) this.#pass(4);
    else throw malformed(`a field of wire type ${type}`);
  }

  #pass(bytes: number): void {
    if (bytes > this.#end - this.#at) throw malformed('it ends inside a number');
    this.#at += bytes;
  }
}

function malformed(why: string): Error {
  return new Error(`malformed protobuf: ${why}`);
}
