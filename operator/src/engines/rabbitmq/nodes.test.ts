import { expect, it } from '@jest/globals';
import type { ManagementClient } from './management.ts';
import { readNodes } from './nodes.ts';

it('takes a node that has told nothing of itself yet as down and without alarms', async () => {
  const get = (): Promise<unknown> => Promise.resolve([{ name: 'rabbit@b-0' }]);
  expect(await readNodes({ get } as unknown as ManagementClient)).toEqual([
    {
      name: 'rabbit@b-0',
      isRunning: false,
      dataDirectory: undefined,
      hasMemoryAlarm: false,
      hasDiskAlarm: false,
    },
  ]);
});
