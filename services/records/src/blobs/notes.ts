import { randomUUID } from 'node:crypto';
import { insertUnlessThere, isDuplicateKey } from '@careplane/kit';
import type { CollectionSpec, Mongo } from '@careplane/kit';

/** What the database says of the stores of its blobs. */
interface Note {
  _id: 'database' | 'move';
  /** Of the database: stays with its data, also in a backup. */
  id?: string;
  /** Who moves blobs, and for how long nobody else does. */
  holder?: string;
  until?: Date;
}

const NOTES = 'contents.notes';

export const noteCollection = { name: NOTES } as const satisfies CollectionSpec;

/** An id that all replicas of the service find in their database, and no other database has. */
export async function databaseId(mongo: Mongo): Promise<string> {
  const notes = mongo.collection<Note>(NOTES);
  const find = async (): Promise<string | undefined> => (await notes.findOne({ _id: 'database' }))?.id;
  const known = await find();
  if (known !== undefined) return known;
  await insertUnlessThere(notes, { _id: 'database', id: randomUUID() });
  const made = await find();
  if (made === undefined) throw new TypeError('the id of the database was taken away');
  return made;
}

/** Lets one replica move blobs for a time. Two may overlap for a moment: moving bears that. @returns whether it is this one */
export async function mayMove(
  mongo: Mongo,
  { holder, forMs }: { readonly holder: string; readonly forMs: number },
): Promise<boolean> {
  const notes = mongo.collection<Note>(NOTES);
  const now = Date.now();
  const until = new Date(now + forMs);
  const isFree = { _id: 'move' as const, $or: [{ holder }, { until: { $lte: new Date(now) } }] };
  if ((await notes.findOneAndUpdate(isFree, { $set: { holder, until } })) !== null) return true;
  try {
    await notes.insert([{ _id: 'move', holder, until }]);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false; // another replica holds it
    throw error;
  }
}
