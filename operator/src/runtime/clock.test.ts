import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
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

  it('of a command keeps it alive while it waits', async () => {
    const { href } = new URL('clock.ts', import.meta.url);
    const program = `const { commandClock, pause } = await import(${JSON.stringify(href)});
      await pause(commandClock, 50);
      console.log('awake');`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(stdout).toBe('awake\n');
  });
});
