import { expect, it } from '@jest/globals';
import { readAhead } from './read-ahead.ts';

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const numbers = Array.from({ length: 10 }, (_number, at) => at);

it('gives all items in order, however long each takes, and never has more under way than it may', async () => {
  let [underWay, most] = [0, 0];
  const read = async (item: number): Promise<number> => {
    most = Math.max(most, (underWay += 1));
    for (let turn = 0; turn <= (item * 7) % 5; turn += 1) await Promise.resolve();
    underWay -= 1;
    return item;
  };
  expect(await collected(readAhead(numbers, read, 3))).toEqual(numbers);
  expect(most).toBe(3);
  expect(await collected(readAhead([], read, 3))).toEqual([]);
});

it('tells of a failure when its turn comes, and of no later one', async () => {
  const read = (item: number): Promise<number> =>
    item < 4 ? Promise.resolve(item) : Promise.reject(new Error(`no ${item}`));
  const seen: number[] = [];
  const all = async (): Promise<void> => {
    for await (const item of readAhead(numbers, read, 5)) seen.push(item);
  };
  await expect(all()).rejects.toThrow('no 4');
  expect(seen).toEqual([0, 1, 2, 3]);
});
