import type { Document } from 'mongodb';
import type { Collection } from './collection.ts';
import { isDuplicateKey } from './errors.ts';

/** Inserts a document that every replica makes at its start; whoever is not the first finds it there. */
export async function insertUnlessThere<T extends Document>(
  collection: Pick<Collection<T>, 'insert'>,
  document: T,
): Promise<void> {
  try {
    await collection.insert([document]);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}
