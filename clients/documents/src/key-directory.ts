import { fingerprint } from './fingerprint.ts';
import type { KeyKind } from './identities.ts';

/** A public key as its owner has published it (docs/decisions/0031-sealed-documents.md). A key is ended, never changed. */
export interface PublishedKey {
  /** Reference to the Patient, Practitioner or RelatedPerson whose key it is. */
  readonly owner: string;
  /** `ed25519`: of signatures; nothing is encrypted to it. */
  readonly kind: KeyKind | 'ed25519';
  readonly publicKey: string;
  /** FHIR instants: from when on, and until when, it may be used. */
  readonly from: string;
  readonly until?: string;
}

/**
 * The keys to encrypt to so that their owners can read it on each of their devices: the hybrid ones where all owners have one, else the classic ones of all.
 * @throws RangeError naming the owner who has published no key that would do
 */
export function encryptionKeys(published: readonly PublishedKey[], now: Date): PublishedKey[] {
  const usable = published.filter((key) => key.kind !== 'ed25519' && isUsable(key, now));
  const owners = [...new Set(published.map(({ owner }) => owner))];
  const lacking = (kind: KeyKind): string | undefined =>
    owners.find((owner) => !usable.some((key) => key.owner === owner && key.kind === kind));
  const kind = lacking('hybrid') === undefined ? 'hybrid' : 'x25519';
  const without = lacking(kind);
  if (without !== undefined)
    throw new RangeError(`${without} has published no key that all recipients could share`);
  return usable.filter((key) => key.kind === kind);
}

/** Keys that the sender has not met before. Of an owner who is known, each of them is a question to the sender: a new device, or somebody else?
 * @param remembered fingerprints */
export function newKeys(
  published: readonly PublishedKey[],
  remembered: ReadonlySet<string>,
): readonly PublishedKey[] {
  return published.filter(({ publicKey }) => !remembered.has(fingerprint(publicKey)));
}

function isUsable({ from, until }: PublishedKey, now: Date): boolean {
  return Date.parse(from) <= now.getTime() && (until === undefined || now.getTime() < Date.parse(until));
}
