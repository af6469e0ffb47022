import { expect, it, jest } from '@jest/globals';
import { disconnect } from './connection.ts';

it('a connection that the server has closed is not closed once more', () => {
  const calls = (['ready', 'connecting', 'end'] as const).map((status) => {
    const client = { status, disconnect: jest.fn() };
    disconnect(client);
    return client.disconnect.mock.calls.length;
  });
  expect(calls).toEqual([1, 1, 0]);
});
