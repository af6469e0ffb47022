import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { collected } from '../../../test/collected.ts';
import { BrokenOff, flowing } from './flowing.ts';

const pieces = [Buffer.from('one '), Buffer.from('two')];

describe('the bytes of an answer', () => {
  it('are all that come', async () => {
    const read = await collected(flowing(Readable.from(pieces), { bytes: 7, idleMs: 1_000 }));
    expect(Buffer.concat(read).toString()).toBe('one two');
  });

  it('break off when fewer come', async () => {
    const reading = collected(flowing(Readable.from(pieces), { bytes: 8, idleMs: 1_000 }));
    await expect(reading).rejects.toThrow(BrokenOff);
  });

  it('break off when the connection does, with its error as the cause', async () => {
    const reset = new Error('reset');
    const body = new Readable({
      read() {
        this.destroy(reset);
      },
    });
    await expect(collected(flowing(body, { bytes: 1, idleMs: 1_000 }))).rejects.toMatchObject({
      name: 'BrokenOff',
      cause: reset,
    });
  });

  it('break off when nothing comes', async () => {
    const silent = new Readable({ read: () => undefined });
    await expect(collected(flowing(silent, { bytes: 1, idleMs: 1 }))).rejects.toThrow('nothing comes');
    expect(silent.destroyed).toBe(true);
  });

  it('have come to their end when a reader has what it wants, so that the connection is free', async () => {
    const body = Readable.from(pieces);
    for await (const bytes of flowing(body, { bytes: 7, idleMs: 1_000 }))
      if (bytes.toString() === 'two') break;
    expect(body.readableEnded).toBe(true);
  });
});
