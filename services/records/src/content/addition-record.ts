import type { CollectionSpec, Mongo } from '@careplane/kit';
import type { Binary } from 'mongodb';

/** A version of what came to a content later. */
export interface AdditionRecord {
  _id: string;
  content: string;
  name: string;
  version: number;
  /** Under the data key of the content, bound to name and version. */
  sealed: Binary;
  /** Of it before it was sealed. Absent in those of former releases. */
  bytes?: number;
  /** The account or app that added it. */
  by: string;
  createdAt: Date;
}

export const additionCollection = {
  name: 'content_additions',
  indexes: [
    { key: { content: 1, name: 1, version: 1 }, name: 'version', unique: true },
    { key: { by: 1, createdAt: 1 }, name: 'by' },
  ],
} as const satisfies CollectionSpec;

/** Removes what was added to a content that is being dropped: nothing is added to it any more. */
export async function removeAdditions(mongo: Mongo, content: string): Promise<void> {
  await mongo.collection<AdditionRecord>(additionCollection.name).deleteMany({ content });
}
