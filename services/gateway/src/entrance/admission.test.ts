import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '@careplane/kit';
import type { Request, Response } from '@careplane/kit';
import { admits, createAdmission } from './admission.ts';
import type { AdmissionOptions } from './admission.ts';

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
  interface Entered {
    /** What ends the answer. */
    readonly end: () => void;
    /** Begins to wait for the body. */
    readonly wait: () => { readonly whole: Promise<string>; readonly come: () => void };
  }

  /** Asks with a method; @throws when the request is not let in */
  function gate(options: Partial<AdmissionOptions>): (method: string, isGone?: boolean) => Entered {
    const admission = createAdmission({ cap: 10, arriving: 10, ...options });
    return (method, isGone = false) => {
      const res = Object.assign(new EventEmitter(), { closed: isGone });
      const req = { method } as unknown as Request;
      let isIn = false;
      void admission.enter(req, res as unknown as Response, () => {
        isIn = true;
      });
      expect(isIn).toBe(true);
      return {
        end: () => void res.emit('close'),
        wait: () => {
          const { promise, resolve } = Promise.withResolvers<string>();
          return {
            whole: admission.arriving(req, () => promise),
            come: () => {
              resolve('body');
            },
          };
        },
      };
    };
  }

  it('counts what is in flight, and no longer what has been answered', () => {
    const ask = gate({ cap: 2 });
    const { end } = ask('POST');
    ask('POST');
    expect(() => ask('POST')).toThrow(Unavailable);
    end();
    ask('POST');
    expect(() => ask('POST')).toThrow('Too much at once');
  });

  it('refuses with 503 and says to come again in a second, and counts nobody who was refused', () => {
    const ask = gate({ cap: 1 });
    const { end } = ask('POST');
    for (let i = 0; i < 3; i += 1) {
      expect(() => ask('POST')).toThrow(
        expect.objectContaining({ status: 503, headers: { 'retry-after': '1' } }),
      );
    }
    end();
    ask('POST');
  });

  it('gives the place of a request to others until its body has come', async () => {
    const ask = gate({ cap: 1 });
    const slow = ask('POST').wait();
    const other = ask('POST');
    slow.come();
    await expect(slow.whole).rejects.toThrow('Too much at once');
    other.end();
    const { wait, end } = ask('POST');
    const body = wait();
    body.come();
    expect(await body.whole).toBe('body');
    expect(() => ask('POST')).toThrow(Unavailable);
    end();
    ask('POST');
  });

  it('keeps no place for who goes before the body has come', async () => {
    const ask = gate({ cap: 1 });
    const { wait, end } = ask('POST');
    const body = wait();
    end();
    body.come();
    await body.whole;
    ask('POST');
  });

  it('keeps no place for who has gone before they were let in', () => {
    const ask = gate({ cap: 1 });
    for (let i = 0; i < 3; i += 1) ask('POST', true);
    ask('POST');
    expect(() => ask('POST')).toThrow(Unavailable);
  });

  it('gives up the body that has been arriving for longest when too many do', async () => {
    const ask = gate({ arriving: 2 });
    const [first, second] = [ask('POST').wait(), ask('POST').wait()];
    const third = ask('POST').wait();
    await expect(first.whole).rejects.toMatchObject({ status: 408 });
    second.come();
    third.come();
    expect(await Promise.all([second.whole, third.whole])).toEqual(['body', 'body']);
  });
});
