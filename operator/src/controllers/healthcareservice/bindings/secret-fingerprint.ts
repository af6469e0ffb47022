import { createHmac, randomBytes } from 'node:crypto';
import { Mutex } from 'async-mutex';
import type { Context } from '../../../runtime/controller.ts';
import { canonicalJson } from '../../../runtime/apply/digest.ts';
import { secrets, type Secret } from '../../../k8s/types.ts';

/** Secret in the operator's own namespace with the key of the fingerprints. */
export const FINGERPRINT_SECRET = 'careplane-fingerprint-key';

/** RFC 2104, section 3: not shorter than the hash's output. */
const KEY_BYTES = 32;

/** 128 bits in base64url. */
const FINGERPRINT_LENGTH = 22;

/**
 * Changes with the contents of Secrets. An HMAC (RFC 2104), since who reads pods could try passwords against a plain digest;
 * not the resource version, which would roll the pods for every label of a Secret.
 */
export function fingerprintOf(key: Buffer, contents: readonly Secret[]): string {
  const text = canonicalJson(contents.map(({ metadata, data }) => [metadata.name, data ?? {}]));
  return createHmac('sha256', key).update(text).digest('base64url').slice(0, FINGERPRINT_LENGTH);
}

/** The key of the fingerprints; it stays the same for good, since every pod that reads a Secret rolls when it changes. */
export class FingerprintKey {
  readonly #namespace: string;
  readonly #mutex = new Mutex();
  #key: Buffer | undefined;

  constructor(operatorNamespace: string) {
    this.#namespace = operatorNamespace;
  }

  /** `undefined` until it was made. */
  async read({ live }: Pick<Context, 'live'>): Promise<Buffer | undefined> {
    if (this.#key !== undefined) return this.#key;
    const secret = await live.get(secrets, { namespace: this.#namespace, name: FINGERPRINT_SECRET });
    const text = secret?.data?.['key'];
    if (text !== undefined) this.#key = Buffer.from(text, 'base64');
    return this.#key;
  }

  /** Makes the key where there is none. The services of a new cluster all find none at once. */
  make(context: Pick<Context, 'live' | 'apply'>): Promise<void> {
    return this.#mutex.runExclusive(() => this.#make(context));
  }

  async #make(context: Pick<Context, 'live' | 'apply'>): Promise<void> {
    if ((await this.read(context)) !== undefined) return;
    await context.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        namespace: this.#namespace,
        name: FINGERPRINT_SECRET,
        labels: { 'app.kubernetes.io/part-of': 'careplane', 'app.kubernetes.io/managed-by': 'careplane' },
      },
      data: { key: randomBytes(KEY_BYTES).toString('base64') },
    });
  }
}
