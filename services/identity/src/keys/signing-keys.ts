import { randomUUID } from 'node:crypto';
import { isDuplicateKey, withTransaction } from '@careplane/kit';
import type { Collection, Mongo } from '@careplane/kit';
import { exportJWK, generateKeyPair, importJWK } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { seal, unseal } from './seal.ts';

export const SIGNING_ALGORITHM = 'ES256';

/** A key as it is stored: the private part sealed, bound to its id. */
export interface SigningKeyRecord {
  readonly _id: string;
  /** 1 for the first key. Unique: replicas that start together agree on one. */
  readonly generation: number;
  readonly sealedPrivateJwk: string;
  readonly publicJwk: JWK;
  readonly createdAt: Date;
  /** It signs from then on; it is published before, so that every verifier knows it in time. */
  readonly activeFrom: Date;
}

/** A key that signs. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

/** All keys at a moment. */
export interface Keyring {
  /** The newest active key. */
  readonly signer: SigningKey;
  /** Every key that may have signed a valid token, or soon will. */
  readonly jwks: { keys: JWK[] };
}

/** Where the keys are. */
export interface KeyStore {
  readonly mongo: Mongo;
  readonly records: Collection<SigningKeyRecord>;
}

/**
 * Loads the keyring; makes the first key when there is none, or the next when none can be opened (the key encryption key
 * was replaced: tokens of old keys stay verifiable, new ones are signed by a new key). Safe when several replicas do it
 * at once: the generation is unique, the second takes the first's key.
 */
export async function loadKeyring(store: KeyStore, sealingKey: Buffer): Promise<Keyring> {
  for (let round = 0; round < 2; round += 1) {
    const found = await store.records.find({}, { sort: { generation: -1 } });
    const signer = await newestUsable(found, sealingKey);
    if (signer) return { signer, jwks: { keys: found.map(publicKey) } };
    await addKey(store, (found[0]?.generation ?? 0) + 1, sealingKey);
  }
  throw new TypeError('no signing key can be opened with the key encryption key');
}

async function newestUsable(
  records: readonly SigningKeyRecord[],
  sealingKey: Buffer,
): Promise<SigningKey | undefined> {
  const now = new Date();
  for (const record of records.filter((candidate) => candidate.activeFrom <= now)) {
    const key = await openKey(record, sealingKey);
    if (key) return key;
  }
  return undefined;
}

async function openKey(record: SigningKeyRecord, sealingKey: Buffer): Promise<SigningKey | undefined> {
  let jwk: JWK;
  try {
    jwk = JSON.parse(await unseal(sealingKey, contextOf(record._id), record.sealedPrivateJwk)) as JWK;
  } catch {
    return undefined; // sealed under another key: the caller looks for the next
  }
  return { kid: record._id, privateKey: (await importJWK(jwk, SIGNING_ALGORITHM)) as CryptoKey };
}

async function addKey({ mongo, records }: KeyStore, generation: number, sealingKey: Buffer): Promise<void> {
  const { publicKey: open, privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const kid = randomUUID();
  const now = new Date();
  try {
    const sealedPrivateJwk = await seal(
      sealingKey,
      contextOf(kid),
      JSON.stringify(await exportJWK(privateKey)),
    );
    const publicJwk = await exportJWK(open);
    const record = { _id: kid, generation, sealedPrivateJwk, publicJwk, createdAt: now, activeFrom: now };
    // In a transaction, which is repeated: a failover now would else end the start of the service.
    await withTransaction(mongo, (tx) => records.insert([record], tx));
  } catch (error) {
    if (!isDuplicateKey(error)) throw error; // another replica was first: its key is read next
  }
}

function publicKey(record: SigningKeyRecord): JWK {
  return { ...record.publicJwk, kid: record._id, alg: SIGNING_ALGORITHM, use: 'sig' };
}

/** The context that ties a sealed key to its record. */
function contextOf(kid: string): string {
  return `careplane-identity/signing-key/${kid}`;
}
