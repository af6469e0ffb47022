import { describe, expect, it } from '@jest/globals';
import { SlotRivals } from './slot-rivals.ts';

describe('SlotRivals', () => {
  it('lets one try and tells the others that they lost when it won', async () => {
    const rivals = new SlotRivals();
    const first = await rivals.enter('slot');
    const others = Array.from({ length: 99 }, () => rivals.enter('slot'));
    first?.(true);
    expect(first).toBeDefined();
    expect(await Promise.all(others)).toEqual(Array(99).fill(undefined));
  });

  it('lets exactly one of those who wait try when the one ahead failed', async () => {
    const rivals = new SlotRivals();
    const first = await rivals.enter('slot');
    const second = rivals.enter('slot');
    const third = rivals.enter('slot');
    first?.(false);
    const turn = await Promise.race([second, third]);
    expect(turn).toBeDefined();
    turn?.(true);
    expect((await Promise.all([second, third])).filter((end) => end !== undefined)).toHaveLength(1);
  });

  it('lets the next comer try again after a slot was won, for it may have become free', async () => {
    const rivals = new SlotRivals();
    (await rivals.enter('slot'))?.(true);
    expect(await rivals.enter('slot')).toBeDefined();
  });

  it('does not let one slot wait for another', async () => {
    const rivals = new SlotRivals();
    await rivals.enter('one');
    expect(await rivals.enter('two')).toBeDefined();
  });
});
