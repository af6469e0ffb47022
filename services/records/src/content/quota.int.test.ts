import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TooManyRequests, withTransaction } from '@careplane/kit';
import { contentCalls, somePlace, someText } from '../../test/content-calls.ts';
import { contentLab } from '../../test/content-lab.ts';
import type { ContentLab } from '../../test/content-lab.ts';
import { ContentAdditions } from './index.ts';
import type { DocumentPlace, Owner, Upload } from './index.ts';

const MOST_OPEN = 3;
const A_DAY = 1_000_000;

describe('the quota of an owner', () => {
  let lab: ContentLab;
  beforeAll(async () => {
    lab = await contentLab({ quota: { mostOpen: MOST_OPEN, mostBytesADay: A_DAY } });
  });
  afterAll(() => lab.stop());

  const staff = (): Owner => ({ id: randomUUID(), isPatient: false });
  const patient = (): Owner => ({ id: randomUUID(), isPatient: true });
  const begin = (owner: Owner, size?: number, place: DocumentPlace = somePlace()): Promise<Upload> =>
    lab.content.begin(place, { contentType: 'text/plain', owner, ...(size === undefined ? {} : { size }) });
  const begun = async (asked: readonly Promise<Upload>[]): Promise<Upload[]> => {
    const answers = await Promise.allSettled(asked);
    const reasons = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(reasons.every((reason) => reason instanceof TooManyRequests)).toBe(true);
    return answers.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  };

  it('lets no more uploads be open than it says, however many begin at once, and bounds nobody else', async () => {
    const one = staff();
    expect(await begun(Array.from({ length: 30 }, () => begin(one, 10)))).toHaveLength(MOST_OPEN);
    expect(await begun([begin(staff(), 10)])).toHaveLength(1);
  });

  it('has room again for what was deleted, or has its document', async () => {
    const [one, place] = [staff(), somePlace()];
    const [first, second] = [await begin(one, 5, place), await begin(one, 5), await begin(one, 5)];
    await expect(begin(one, 5)).rejects.toThrow(TooManyRequests);
    await lab.content.abandon(second.id);
    await begin(one, 5);
    await expect(begin(one, 5)).rejects.toThrow(TooManyRequests);
    await contentCalls(lab).send(first.id, someText(5));
    await lab.content.finish(first.id);
    await withTransaction(lab.mongo, (tx) => lab.content.attach(first.id, place, tx));
    await begin(one, 5);
  });

  it('lets a patient bring so many bytes in a day, by whatever way, and counts the largest where none were said', async () => {
    const one = patient();
    expect(await begun(Array.from({ length: 10 }, () => begin(one, A_DAY / 2)))).toHaveLength(2);
    const declaration = { contentType: 'text/plain', owner: one };
    const stored = lab.content.store(somePlace(), declaration, someText(10));
    await expect(stored).rejects.toThrow(TooManyRequests);
    await expect(begin(patient())).rejects.toThrow(TooManyRequests); // it may come to 5 MB
    await expect(begin(staff())).resolves.toBeDefined();
  });

  it('counts what a patient adds to a content later, however much is added at once, and bounds nobody else', async () => {
    const additions = new ContentAdditions({ mongo: lab.mongo, contents: lab.content });
    const content = await contentCalls(lab).stored(someText(5));
    const add = (by: Owner, version: number): Promise<void> =>
      withTransaction(lab.mongo, (tx) =>
        additions.add({ content, name: 'note', version }, { bytes: someText(A_DAY / 2), by }, tx),
      );
    const one = patient();
    const answers = await Promise.allSettled([2, 3, 4, 5].map((version) => add(one, version)));
    const refused = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as unknown] : [],
    );
    expect(refused).toEqual([expect.any(TooManyRequests), expect.any(TooManyRequests)]);
    await expect(begin(one, 1)).rejects.toThrow(TooManyRequests);
    const other = patient();
    await begin(other, A_DAY / 2 + 1);
    await expect(add(other, 6)).rejects.toThrow(TooManyRequests);
    await add(staff(), 6);
  });

  it('keeps no blob of what it refuses', async () => {
    const blobs = lab.mongo.collection<{ _id: string }>('contents.files');
    const before = await blobs.count({});
    const declaration = { contentType: 'text/plain', owner: patient() };
    const refused = lab.content.store(somePlace(), declaration, someText(A_DAY + 1));
    await expect(refused).rejects.toThrow(TooManyRequests);
    expect(await blobs.count({})).toBe(before);
  });
});
