import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { regrouped } from './regroup.ts';
import type { Memory } from './regroup.ts';

// eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** Counts, and has no bound. */
function counted(): Memory & { held: number; most: number } {
  const memory = {
    held: 0,
    most: 0,
    take(bytes: number): void {
      memory.held += bytes;
      memory.most = Math.max(memory.most, memory.held);
    },
    give(bytes: number): void {
      memory.held -= bytes;
    },
  };
  return memory;
}

describe('regrouped bytes', () => {
  it('are the same, in pieces of one size but the last, however they come', async () => {
    const piece = fc.tuple(fc.nat(100_000), fc.nat(255)).map(([length, byte]) => Buffer.alloc(length, byte));
    const stream = fc.array(piece, { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(stream, fc.constantFrom(1_000, 65_536, 70_000, 200_000), async (pieces, size) => {
        const [memory, regroupedPieces] = [counted(), [] as Buffer[]];
        for await (const piece of regrouped(streamOf(pieces), size, memory))
          regroupedPieces.push(Buffer.from(piece));
        expect(Buffer.concat(regroupedPieces).equals(Buffer.concat(pieces))).toBe(true);
        expect(regroupedPieces.slice(0, -1).every(({ length }) => length === size)).toBe(true);
        expect(regroupedPieces.at(-1)?.length ?? size).toBeLessThanOrEqual(size);
        expect(memory.held).toBe(0);
        expect(memory.most).toBeLessThanOrEqual(2 * size);
      }),
      { numRuns: 40 },
    );
  });

  it('take memory as they come: little for a little', async () => {
    const memory = counted();
    for await (const piece of regrouped(streamOf([Buffer.alloc(10)]), 5_242_880, memory))
      expect(piece).toHaveLength(10);
    expect(memory.most).toBe(65_536);
  });

  it('give their memory back when their source fails, or there is no more', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield* streamOf([Buffer.alloc(200_000)]);
      throw new Error('the client is gone');
    };
    const memory = counted();
    const read = async (): Promise<void> => {
      for await (const piece of regrouped(failing(), 1_000_000, memory)) expect(piece).toBeDefined();
    };
    await expect(read()).rejects.toThrow('the client is gone');
    expect(memory.held).toBe(0);
    const bounded: Memory = {
      ...memory,
      take(bytes) {
        if (memory.held + bytes > 300_000) throw new RangeError('full');
        memory.take(bytes);
      },
    };
    const full = async (): Promise<void> => {
      for await (const piece of regrouped(streamOf([Buffer.alloc(400_000)]), 1_000_000, bounded))
        expect(piece).toBeDefined();
    };
    await expect(full()).rejects.toThrow('full');
    expect(memory.held).toBe(0);
  });
});
