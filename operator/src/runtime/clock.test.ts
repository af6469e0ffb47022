import { describe, expect, it } from '@jest/globals';
import { systemClock } from './clock.ts';

describe("the machine's clock", () => {
  it.each([2 ** 31, 1e12, Infinity])(
    'does not call back at once after %d ms, as timers of Node do',
    async (ms) => {
      const called: string[] = [];
      const cancel = systemClock.after(ms, () => called.push('long'));
      await new Promise<void>((resolve) => {
        systemClock.after(20, () => {
          called.push('short');
          resolve();
        });
      });
      cancel();
      expect(called).toEqual(['short']);
    },
  );
});
