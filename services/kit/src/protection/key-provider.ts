/** What a wrapped key belongs to. It is authenticated: a wrapped key that is moved elsewhere cannot be unwrapped. */
export interface KeyContext {
  readonly tenant: string;
  /** Whose data the key encrypts, such as `Patient/<id>`. */
  readonly subject: string;
  readonly keyId: string;
  /** What the key is for, such as `record`. */
  readonly purpose: string;
}

/** A key encrypted by a key-encryption key. */
export interface WrappedKey {
  /** The version of the key-encryption key. */
  readonly version: string;
  readonly bytes: Uint8Array;
}

/**
 * Wraps data keys under a root key that never leaves it. `localKeyProvider` keeps the root key in memory; one behind a
 * network (a transit engine) has the same contract: fixtures/key-provider-contract.ts.
 */
export interface KeyProvider {
  /** The version that `wrap` uses now. It changes when the root key is rotated. */
  currentVersion(): Promise<string>;
  /** Versions that other replicas may use already, since they become the current one here soon. */
  announcedVersions?(): Promise<readonly string[]>;
  wrap(key: Uint8Array, context: KeyContext): Promise<WrappedKey>;
  /** @throws UnknownKeyVersion; Tampered when key or context are not the ones that were wrapped */
  unwrap(wrapped: WrappedKey, context: KeyContext): Promise<Buffer>;
}

/** There is no key-encryption key of this version. The version is no secret: it is a fingerprint. */
export class UnknownKeyVersion extends Error {
  override readonly name = 'UnknownKeyVersion';

  readonly version: string;

  constructor(version: string) {
    super(`there is no key-encryption key of version ${version}`);
    this.version = version;
  }
}
