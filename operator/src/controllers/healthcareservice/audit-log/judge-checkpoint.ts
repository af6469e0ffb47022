import {
  consistencyProof,
  cosignatureOf,
  isSameHash,
  Malformed,
  NotVerified,
  openCheckpoint,
  parseCheckpoint,
  verifyConsistency,
} from '@careplane/tlog';
import type { ReadTile, SignedCheckpoint, VerifierKey } from '@careplane/tlog';
import { TileMissing } from './published-log.ts';

/** What is held against a published checkpoint. */
export interface Known {
  /** Of the log and its witnesses. */
  readonly keys: readonly VerifierKey[];
  /** Those that were kept, the latest first. */
  readonly checkpoints: readonly string[];
}

/** What a published checkpoint is. */
export interface Judgement {
  readonly reason: 'Kept' | 'NotCosigned' | 'OtherKey' | 'Shortened' | 'Forked';
  /** For people. */
  readonly message: string;
  /** It is to be kept. */
  readonly isNew: boolean;
}

/**
 * Holds a published checkpoint against the latest that was kept under the same name of the log.
 * @throws what `readTile` throws, but for tiles that a shortened log has not
 */
export async function judgeCheckpoint(text: string, known: Known, readTile: ReadTile): Promise<Judgement> {
  const published = opened(text, known.keys);
  if (published === undefined)
    return judged('OtherKey', 'the published checkpoint is signed by none of the known keys of the log');
  const last = known.checkpoints.map(parseCheckpoint).find(({ origin }) => origin === published.origin);
  const wrong = last && (await contradiction(published, last, readTile));
  if (wrong !== undefined) return wrong;
  if (last !== undefined && published.size <= last.size)
    return judged('Kept', `${last.size} entries, the checkpoint is kept`);
  if (!isCosigned(published, known.keys))
    return judged('NotCosigned', `${published.size} entries, not cosigned yet`);
  return { ...judged('Kept', `${published.size} entries, the checkpoint is kept`), isNew: true };
}

function opened(text: string, keys: readonly VerifierKey[]): SignedCheckpoint | undefined {
  return verified(() => openCheckpoint(text, keys));
}

/** What is read, or undefined when it does not verify. */
function verified<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotVerified || error instanceof Malformed) return undefined;
    throw error;
  }
}

/** A replica that has just started may publish an older checkpoint than before: the kept one goes on from it. */
async function contradiction(
  published: SignedCheckpoint,
  last: SignedCheckpoint,
  readTile: ReadTile,
): Promise<Judgement | undefined> {
  const [smaller, larger] = published.size < last.size ? [published, last] : [last, published];
  const forked = judged(
    'Forked',
    `the published checkpoint of ${published.size} entries contradicts the kept one of ${last.size}`,
  );
  if (smaller.size === larger.size) return isSameHash(smaller.root, larger.root) ? undefined : forked;
  const proof = await consistencyProof(smaller.size, larger.size, readTile).catch(missing(published, last));
  if (proof === undefined)
    return judged(
      'Shortened',
      `the log has ${published.size} entries, and a kept checkpoint says ${last.size}`,
    );
  const isConsistent = verified(() => {
    verifyConsistency(smaller, larger, proof);
    return true;
  });
  return isConsistent === true ? undefined : forked;
}

/** A log that is shorter than what was kept has not its tiles. One that is longer has them, or its pod is in disorder. */
function missing(published: SignedCheckpoint, last: SignedCheckpoint): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof TileMissing && published.size < last.size) return undefined;
    throw error;
  };
}

/** A log of which no witness is known needs no cosignature. */
function isCosigned({ note }: SignedCheckpoint, keys: readonly VerifierKey[]): boolean {
  const witnesses = keys.filter(({ algorithm }) => algorithm === 'cosignature/v1');
  return (
    witnesses.length === 0 ||
    witnesses.some((witness) => verified(() => cosignatureOf(note, witness)) !== undefined)
  );
}

function judged(reason: Judgement['reason'], message: string): Judgement {
  return { reason, message, isNew: false };
}
