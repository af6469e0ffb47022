import { describe, expect, it } from '@jest/globals';
import { remembered } from './remembered.ts';

describe('what is remembered', () => {
  const source = (): { read: () => Promise<number>; asked: () => number; fail: (does: boolean) => void } => {
    let [asked, fails] = [0, false];
    return {
      read: () => {
        asked += 1;
        return fails ? Promise.reject(new Error('away')) : Promise.resolve(asked);
      },
      asked: () => asked,
      fail: (does) => (fails = does),
    };
  };

  it('is asked for once by all who come together, and again when it is old', async () => {
    let clock = 0;
    const { read, asked } = source();
    const get = remembered(1_000, read, () => clock);
    expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
    clock = 999;
    expect(await get()).toBe(1);
    clock = 1_000;
    expect(await get()).toBe(1);
    expect(await get()).toBe(2);
    expect(asked()).toBe(2);
  });

  it('is used while it is asked for anew, unless it will not do', async () => {
    let clock = 0;
    let answer: (value: number) => void = () => undefined;
    const get = remembered(
      1_000,
      () =>
        new Promise<number>((resolve) => {
          answer = resolve;
        }),
      () => clock,
    );
    const first = get();
    answer(1);
    expect(await first).toBe(1);
    clock = 1_000;
    expect(await get()).toBe(1);
    const other = get((old) => old === 2);
    answer(2);
    expect(await other).toBe(2);
  });

  it('stays when its source is away, which is asked again before long', async () => {
    let clock = 0;
    const { read, asked, fail } = source();
    const get = remembered(1_000, read, () => clock);
    fail(true);
    await expect(get()).rejects.toThrow('away');
    fail(false);
    expect(await get()).toBe(2);
    fail(true);
    clock = 1_000;
    expect([await get(), await get()]).toEqual([2, 2]);
    expect(asked()).toBe(3);
    clock = 1_200;
    fail(false);
    expect(await get(() => false)).toBe(4);
  });
});
