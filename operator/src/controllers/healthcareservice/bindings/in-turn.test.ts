import { describe, expect, it } from '@jest/globals';
import { inTurn } from './in-turn.ts';

describe('works in turn', () => {
  it('begin when the one before has ended, well or not, in the order in which they were asked for', async () => {
    const turn = inTurn();
    const log: string[] = [];
    const work = (name: string, fails: boolean) => async (): Promise<string> => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
    const ends = await Promise.allSettled([
      turn(work('a', true)),
      turn(work('b', false)),
      turn(work('c', false)),
    ]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });
});
