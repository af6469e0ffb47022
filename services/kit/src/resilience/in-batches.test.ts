import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { inBatches } from './in-batches.ts';

describe('what is asked in batches', () => {
  /** Questions as they came, each answered when the test says so. */
  const source = (patienceMs = 60_000) => {
    const asked: string[][] = [];
    const answers: ((answer: readonly (string | Error)[]) => void)[] = [];
    const ask = inBatches<string, string>(
      (keys) => {
        asked.push([...keys]);
        return new Promise((resolve) => answers.push(resolve));
      },
      { patienceMs },
    );
    const answer = (at: number): void => answers[at]?.((asked[at] ?? []).map((key) => `of ${key}`));
    return { ask, asked, answers, answer };
  };

  it('is asked once for all who come in one turn of the event loop', async () => {
    const { ask, asked, answer } = source();
    const found = Promise.all([ask('a'), ask('b'), ask('a')]);
    await immediate();
    await immediate();
    expect(asked).toEqual([['a', 'b', 'a']]);
    answer(0);
    expect(await found).toEqual(['of a', 'of b', 'of a']);
  });

  it('is asked once for all who come while an answer is under way, after it and not before', async () => {
    const { ask, asked, answer } = source();
    const first = ask('a');
    await immediate();
    await immediate();
    const second = ask('b');
    await immediate();
    const third = ask('c');
    await immediate();
    expect(asked).toEqual([['a']]);
    answer(0);
    await first;
    await immediate();
    await immediate();
    expect(asked).toEqual([['a'], ['b', 'c']]);
    answer(1);
    expect(await Promise.all([second, third])).toEqual(['of b', 'of c']);
  });

  it('holds nobody up by an answer that does not come', async () => {
    const { ask, answers } = source(1);
    const never = ask('a');
    never.catch(() => undefined);
    await immediate();
    await immediate();
    const second = ask('b');
    while (answers.length < 2) await immediate();
    answers[1]?.(['of b']);
    expect(await second).toBe('of b');
  });

  it('fails for the key that is at fault, and for all when the question fails', async () => {
    const { ask, answers } = source();
    const both = Promise.allSettled([ask('a'), ask('b')]);
    await immediate();
    await immediate();
    answers[0]?.([new TypeError('a is bad'), 'of b']);
    const [bad, good] = await both;
    expect([bad.status, good]).toEqual(['rejected', { status: 'fulfilled', value: 'of b' }]);
    const failing = inBatches(() => Promise.reject(new Error('away')));
    await expect(failing('a')).rejects.toThrow('away');
    await expect(failing('b')).rejects.toThrow('away');
  });

  it('is asked in the trace of the first who waits for it', async () => {
    const trace = new AsyncLocalStorage<string>();
    const traces: (string | undefined)[] = [];
    const ask = inBatches<string, string>((keys) => {
      traces.push(trace.getStore());
      return Promise.resolve(keys);
    });
    const first = trace.run('one', () => ask('a'));
    await immediate();
    const second = trace.run('two', () => ask('b'));
    await Promise.all([first, second]);
    expect(traces).toEqual(['one', 'two']);
  });
});
