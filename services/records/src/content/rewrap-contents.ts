import { KeyDestroyed, KeyMissing, Tampered } from '@careplane/kit';
import type { DataKeys, Mongo } from '@careplane/kit';
import { ContentKeys, DOCUMENTS_KEY } from './content-keys.ts';
import { contentCollection } from './record.ts';
import type { ContentRecord } from './record.ts';

export interface RewrapContentsOptions {
  readonly mongo: Mongo;
  readonly keys: DataKeys;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ContentsRewrapped) => void;
}

/** How far it has come. */
export interface ContentsRewrapped {
  readonly done: number;
  /** Contents whose key is not wrapped by the newest key of their patient yet. */
  readonly left: number;
  /** Contents among these whose key cannot be unwrapped, by id: somebody must look at them. */
  readonly unreadable: readonly string[];
}

const AT_ONCE = 200;

/**
 * Makes a new key for the patient's documents. What is uploaded from now on is under it; `rewrapContents` brings the others there. The
 * former key stays: contents name it until then.
 * @returns its id @throws a duplicate key error when another replica does the same
 */
export async function rotatePatientKey(keys: DataKeys, patient: string): Promise<string> {
  const owner = { subject: patient, purpose: DOCUMENTS_KEY };
  const newest = await keys.records.findOne(owner, { sort: { generation: -1 } });
  if (newest?.destroyedAt) throw new KeyDestroyed(newest._id);
  return keys.create({ ...owner, generation: (newest?.generation ?? 0) + 1 });
}

/**
 * Wraps the keys of a patient's contents under the patient's newest key. What it has done is in the records: it can be stopped at any
 * point and begun again, by several replicas at once. Blobs are not touched.
 */
export async function rewrapContents(
  patient: string,
  options: RewrapContentsOptions,
): Promise<ContentsRewrapped> {
  const { mongo, keys, signal, onProgress } = options;
  const records = mongo.collection<ContentRecord>(contentCollection.name);
  const contentKeys = new ContentKeys(keys);
  const kek = await keys.obtain({ subject: patient, purpose: DOCUMENTS_KEY });
  const others = { patient, 'key.kek': { $ne: kek } };
  const unreadable: string[] = [];
  let done = 0;
  const progress = async (): Promise<ContentsRewrapped> => ({
    done,
    left: await records.count(others),
    unreadable,
  });
  for (let after = ''; !signal.aborted;) {
    const found = await records.find(
      { ...others, _id: { $gt: after } },
      { sort: { _id: 1 }, limit: AT_ONCE },
    );
    for (const record of found) {
      const key = await rewrapped(contentKeys, record, kek);
      if (key === undefined) unreadable.push(record._id);
      else {
        const filter = { _id: record._id, 'key.kek': record.key.kek };
        const { modifiedCount } = await records.updateOne(filter, { $set: { key } });
        done += modifiedCount;
      }
    }
    const last = found.at(-1);
    if (!last) break;
    after = last._id;
    onProgress?.(await progress());
  }
  return progress();
}

async function rewrapped(
  keys: ContentKeys,
  record: ContentRecord,
  kek: string,
): Promise<ContentRecord['key'] | undefined> {
  try {
    return await keys.rewrap(record, record.key, kek);
  } catch (error) {
    if (error instanceof Tampered || error instanceof KeyMissing || error instanceof KeyDestroyed)
      return undefined;
    throw error;
  }
}
