import { createHmac, hkdfSync } from 'node:crypto';
import { Binary } from 'mongodb';
import { framed } from './framing.ts';

/** What is looked for, and the field it is looked for in: `['Patient.birthdate', 'month', '1957-03']`. */
export type Term = readonly [domain: string, ...values: string[]];

/** 128 bits: no two terms of a clinic collide. */
const TOKEN_BYTES = 16;
const VERSION_BYTES = 6;

interface LookupKey {
  readonly version: string;
  readonly key: Buffer;
}

/**
 * Keyed digests (HMAC-SHA-256) under which encrypted fields are found. Without the key a token says nothing; with the database
 * alone one sees which records share a term and how often (docs/decisions/0024-blind-indexes.md).
 *
 * While two keys are there, records are written under both and searched under both, so that replicas that know only one of
 * them, and records that were not indexed again yet, stay within reach.
 */
export class BlindIndex {
  /** What records that are up to date carry: the versions of their tokens. */
  readonly mark: string;
  readonly versions: readonly string[];
  readonly #keys: readonly LookupKey[];

  /** @param secrets the current lookup key first, former and announced ones after it */
  constructor(secrets: readonly string[]) {
    if (secrets.length === 0) throw new TypeError('there is no lookup key');
    this.#keys = secrets.map((secret) => ({
      version: lookupVersion(secret),
      key: derive(secret, 'blind indexes', 32),
    }));
    this.versions = this.#keys.map(({ version }) => version);
    this.mark = this.versions.join('+');
  }

  /** The tokens of a record, in an order that says nothing about its fields. */
  tokens(terms: Iterable<Term>): Binary[] {
    const found = new Map<string, Buffer>();
    for (const term of terms) {
      const bytes = framed(term);
      for (const { key } of this.#keys) {
        const token = digest(key, bytes);
        found.set(token.toString('latin1'), token);
      }
    }
    return [...found.values()].sort((a, b) => a.compare(b)).map((token) => new Binary(token));
  }

  /** The tokens of which a record that has the term carries at least one: for `$in`. */
  lookup(terms: readonly Term[]): Binary[] {
    return this.tokens(terms);
  }

  /** Whether tokens with this mark are of the current key (and perhaps of others, too): they need not be made again. */
  covers(mark: string): boolean {
    return mark.split('+').includes(this.versions[0] ?? '');
  }

  /** Whether tokens with this mark can be found with the keys that are here. */
  knows(mark: string): boolean {
    return mark.split('+').some((version) => this.versions.includes(version));
  }

  /** A keyed digest under each of the keys, as texts, in one order for all replicas: whoever shares a key shares one of these. */
  fingerprints(term: Term): string[] {
    return this.#keys.map(({ key }) => digest(key, framed(term)).toString('base64url')).sort();
  }
}

/** The version of a lookup key, from its secret. */
export function lookupVersion(secret: string): string {
  return derive(secret, 'version of a lookup key', VERSION_BYTES).toString('hex');
}

function digest(key: Buffer, bytes: Buffer): Buffer {
  return createHmac('sha256', key).update(bytes).digest().subarray(0, TOKEN_BYTES);
}

function derive(secret: string, purpose: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'careplane lookup', purpose, bytes));
}
