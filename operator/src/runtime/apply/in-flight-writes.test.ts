import { expect, it } from '@jest/globals';
import { InFlightWrites } from './in-flight-writes.ts';

it('what was asked for last waits for the last of the writes, also when that fails', async () => {
  const writes = new InFlightWrites();
  const did: string[] = [];
  const first = Promise.withResolvers<undefined>();
  const second = Promise.withResolvers<undefined>();
  const ended = [writes.during('a', () => first.promise), writes.during('a', () => second.promise)];
  writes.after('a', () => did.push('early'));
  writes.after('a', () => did.push('late'));
  writes.after('b', () => did.push('other'));
  first.resolve(undefined);
  await ended[0];
  expect(did).toEqual(['other']);
  second.reject(new Error('refused'));
  await expect(ended[1]).rejects.toThrow('refused');
  expect(did).toEqual(['other', 'late']);
  writes.after('a', () => did.push('at once'));
  expect(did).toEqual(['other', 'late', 'at once']);
});
