import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '@careplane/kit';
import type { Request, Response } from '@careplane/kit';
import { admits, createAdmission } from './admission.ts';

describe('what is let in', () => {
  it('is a write up to the cap, and a read up to four fifths of it', () => {
    expect([admits('POST', 9, 10), admits('POST', 10, 10)]).toEqual([true, false]);
    expect([admits('GET', 7, 10), admits('GET', 8, 10)]).toEqual([true, false]);
    expect([admits('HEAD', 7, 10), admits('HEAD', 8, 10)]).toEqual([true, false]);
    expect([admits('DELETE', 9, 10), admits('', 9, 10)]).toEqual([true, true]);
  });

  it('is no read of a share that is not whole', () => {
    expect([admits('GET', 6, 9), admits('GET', 7, 9)]).toEqual([true, false]);
  });
});

describe('the admission', () => {
  /** Asks with a method; gives what ends the answer when the request was let in. */
  function gate(cap: number): (method: string) => () => void {
    const admission = createAdmission(cap);
    return (method) => {
      const res = new EventEmitter();
      let isIn = false;
      void admission({ method } as unknown as Request, res as unknown as Response, () => {
        isIn = true;
      });
      expect(isIn).toBe(true);
      return () => void res.emit('close');
    };
  }

  it('counts what is in flight, and no longer what has been answered', () => {
    const ask = gate(2);
    const end = ask('POST');
    ask('POST');
    expect(() => ask('POST')).toThrow(Unavailable);
    end();
    ask('POST');
    expect(() => ask('POST')).toThrow('Too much at once');
  });

  it('refuses with 503 and says to come again in a second, and counts nobody who was refused', () => {
    const ask = gate(1);
    const end = ask('POST');
    for (let i = 0; i < 3; i += 1) {
      expect(() => ask('POST')).toThrow(
        expect.objectContaining({ status: 503, headers: { 'retry-after': '1' } }),
      );
    }
    end();
    ask('POST');
  });
});
