import { randomBytes } from 'node:crypto';
import { Binary } from 'mongodb';
import type { CollectionSpec } from '../mongo/collections.ts';
import { insertUnlessThere } from '../mongo/insert-unless-there.ts';
import type { Mongo } from '../mongo/mongo.ts';
import { bytesOf } from '../protection/data-keys.ts';

interface LinkKeyRecord {
  _id: string;
  key: Binary;
}

/** Must be declared for `keptLinkKey`. */
export const linkKeyCollection = { name: 'link_keys' } as const satisfies CollectionSpec;

const CURRENT = 'current';
const KEY_BYTES = 32;

/**
 * `FhirOptions.linkKey` of a service that has no Secret: random, and kept in its database, where whoever reads it finds the records
 * themselves that its links lead to.
 */
export async function keptLinkKey(mongo: Mongo): Promise<Uint8Array> {
  const keys = mongo.collection<LinkKeyRecord>(linkKeyCollection.name);
  const found = await keys.findOne({ _id: CURRENT });
  if (found) return bytesOf(found.key);
  await insertUnlessThere(keys, { _id: CURRENT, key: new Binary(randomBytes(KEY_BYTES)) });
  return keptLinkKey(mongo);
}
