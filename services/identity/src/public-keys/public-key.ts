import { DocumentError, fingerprint, recipient, verifier } from '@careplane/documents';
import { Invalid, turnCollection } from '@careplane/kit';
import type { CollectionSpec } from '@careplane/kit';
import { z } from 'zod';

/** `hybrid` and `x25519`: to encrypt to. `ed25519`: by which signatures are verified. */
export const KEY_KINDS = ['hybrid', 'x25519', 'ed25519'] as const;
export type PublicKeyKind = (typeof KEY_KINDS)[number];

/** Who can have keys: whoever has a person and logs in. */
export const OWNER = /^(Patient|Practitioner)\/([A-Za-z0-9.-]{1,64})$/;

/** What a key is published with. A hybrid one has two thousand characters. */
export const newPublicKey = z.strictObject({
  kind: z.enum(KEY_KINDS),
  publicKey: z
    .string()
    .max(3_000)
    .regex(/^[!-~]+$/, 'a key without spaces'),
  until: z.iso.datetime({ offset: true }).optional(),
});
export type NewPublicKey = z.infer<typeof newPublicKey>;

const MOST_OWNERS = 20;
const owner = z.string().regex(OWNER, 'Patient/<id> or Practitioner/<id>');

/** Whose keys are looked up: they are named, nobody lists them all. */
export const ownersQuery = z.strictObject({
  owner: z
    .union([owner, z.array(owner).min(1).max(MOST_OWNERS)])
    .describe('Patient/<id> or Practitioner/<id>; several times for several owners.'),
});

/** A key as it is shown (decision 0031). `addedBy` is for its owner alone. */
export const shownPublicKey = z.object({
  id: z.string(),
  owner: z.string().regex(OWNER),
  kind: z.enum(KEY_KINDS),
  publicKey: z.string(),
  fingerprint: z.string(),
  from: z.iso.datetime(),
  until: z.iso.datetime().optional(),
  addedBy: z.object({ client: z.string() }).optional(),
});
export type ShownPublicKey = z.infer<typeof shownPublicKey>;

export interface PublicKeyRecord {
  readonly _id: string;
  /** `Patient/<id>` or `Practitioner/<id>`. */
  readonly owner: string;
  /** The account that published it. */
  readonly account: string;
  /** The app in which it was published. */
  readonly client: string;
  readonly kind: PublicKeyKind;
  readonly publicKey: string;
  /** Of the key: nobody publishes the key of another as their own. */
  readonly fingerprint: string;
  readonly from: Date;
  /** When it ends, or has ended. The one field that changes, and only to come sooner. */
  readonly until?: Date;
}

export const PUBLIC_KEYS = 'public_keys';
export const PUBLIC_KEY_TURNS = 'public_key_turns';

export const publicKeyCollections: CollectionSpec[] = [
  turnCollection(PUBLIC_KEY_TURNS),
  {
    name: PUBLIC_KEYS,
    indexes: [
      { key: { owner: 1, from: 1 }, name: 'owner' },
      { key: { fingerprint: 1 }, name: 'one_of_key', unique: true },
    ],
  },
];

/** The fingerprint of a key that is of this kind. @throws Invalid */
export async function fingerprintOf({ kind, publicKey }: NewPublicKey): Promise<string> {
  try {
    const isOfKind =
      kind === 'ed25519'
        ? (await verifier(publicKey)).name.length <= MOST_NAME
        : recipient(publicKey).kind === kind;
    if (isOfKind) return fingerprint(publicKey);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
  }
  throw new Invalid([{ path: 'body.publicKey', message: `a public key of the kind ${kind}` }]);
}

/** Of a key of signed notes. */
const MOST_NAME = 100;

export function shown(record: PublicKeyRecord, { isOwner }: { readonly isOwner: boolean }): ShownPublicKey {
  const { _id, owner, kind, publicKey, fingerprint: print, from, until, client } = record;
  return {
    ...{ id: _id, owner, kind, publicKey, fingerprint: print, from: from.toISOString() },
    ...(until ? { until: until.toISOString() } : {}),
    ...(isOwner ? { addedBy: { client } } : {}),
  };
}
