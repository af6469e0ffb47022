import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bytesField, numberField, varintBytes } from '../../fixtures/protobuf-encoder.ts';
import { sharedString } from './shared-strings.ts';
import { delimited, messageFields, varint, WireReader } from './wire-reader.ts';

interface Sample {
  number?: number;
  isSet?: boolean;
  text?: string;
  shared?: string;
  inner?: Sample;
}

const SAMPLE = messageFields<Sample>({
  [varint(1)]: (reader, sample) => {
    sample.number = reader.number();
  },
  [varint(2)]: (reader, sample) => {
    sample.isSet = reader.boolean();
  },
  [delimited(3)]: (reader, sample) => {
    sample.text = reader.text();
  },
  [delimited(4)]: (reader, sample) => {
    sample.shared = reader.sharedText();
  },
  [delimited(5)]: (reader, sample) => {
    sample.inner = reader.message(SAMPLE, {});
  },
});

function read(...fields: Buffer[]): Sample {
  return new WireReader(Buffer.concat(fields)).fields(SAMPLE, {});
}

const FIXED64 = Buffer.from([(9 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8]);
const FIXED32 = Buffer.from([(9 << 3) | 5, 1, 2, 3, 4]);

describe('the reader of protobuf', () => {
  it('reads numbers, booleans, texts and messages', () => {
    const inner = Buffer.concat([numberField(1, 1), bytesField(3, 'in it')]);
    expect(
      read(
        numberField(1, 300),
        numberField(2, 1),
        bytesField(3, 'é€😀'),
        bytesField(4, 'é'),
        bytesField(5, inner),
      ),
    ).toEqual({ number: 300, isSet: true, text: 'é€😀', shared: 'é', inner: { number: 1, text: 'in it' } });
  });

  it('reads numbers up to the largest safe one', () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (number) => {
        expect(read(numberField(1, number)).number).toBe(number);
      }),
    );
  });

  it('goes on behind a number below 0, which has ten bytes', () => {
    expect(read(numberField(1, -1), numberField(2, 0))).toEqual({ number: 2 ** 64, isSet: false });
  });

  it('skips what it does not know: every wire type, a known number with another type, numbers of any size', () => {
    const strange = [
      FIXED64,
      FIXED32,
      numberField(9, 2n ** 64n - 1n),
      bytesField(9, 'x'.repeat(1_000)),
      numberField(3, 7),
      bytesField(1, 'a number it is not'),
      bytesField(100_000, 'far'),
    ];
    const known = bytesField(3, 'known');
    expect(read(...strange.flatMap((field) => [field, known]))).toEqual({ text: 'known' });
    expect(read(...strange)).toEqual({});
  });

  it('takes the end of bytes for the end of the message, and of nothing for an empty one', () => {
    expect(read()).toEqual({});
    expect(read(bytesField(5, ''), bytesField(3, ''))).toEqual({ inner: {}, text: '' });
  });

  it.each<[string, Buffer]>([
    ['a tag without a value', varintBytes(varint(1))],
    ['a number cut short', Buffer.from([varint(1), 0x80])],
    ['a number without an end', Buffer.from([varint(1), ...Array<number>(20).fill(0xff)])],
    ['a text cut short', bytesField(3, 'text').subarray(0, -1)],
    [
      'a text longer than memory',
      Buffer.from([delimited(3), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    ],
    ['a length below 0', Buffer.concat([varintBytes(delimited(3)), varintBytes(-1)])],
    ['a skipped text cut short', bytesField(9, 'text').subarray(0, -1)],
    ['fixed bytes cut short', FIXED64.subarray(0, -1)],
    ['fewer fixed bytes cut short', FIXED32.subarray(0, -1)],
    [
      'a field that leaves its message',
      Buffer.concat([bytesField(5, bytesField(3, 'text').subarray(0, -1)), FIXED64]),
    ],
    ['a field of number 0', Buffer.from([0, 0])],
    ['a group', Buffer.from([(9 << 3) | 3, (9 << 3) | 4])],
  ])('throws for %s', (_what, bytes) => {
    expect(() => read(bytes)).toThrow('malformed protobuf');
  });
});

describe('shared strings', () => {
  it('are what the bytes say, whatever came before', () => {
    const near = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('Ã©', 'é', '', 'a', 'b', 'a'.repeat(65)),
    );
    fc.assert(
      fc.property(near, fc.nat(3), (text, shift) => {
        const bytes = Buffer.from(`${'#'.repeat(shift)}${text}#`);
        expect(sharedString(bytes, shift, bytes.length - 1)).toBe(text.toWellFormed());
      }),
      { numRuns: 5_000 },
    );
  });

  it('are not confused where their hashes are the same', () => {
    // 31 * 'A' + 'a' is 31 * 'B' + 'B'.
    for (const text of ['Aa', 'BB', 'Aa', 'BB']) expect(sharedString(Buffer.from(text), 0, 2)).toBe(text);
  });
});
