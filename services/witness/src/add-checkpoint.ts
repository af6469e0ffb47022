import {
  cosign,
  formatSignature,
  isSameHash,
  Malformed,
  NotVerified,
  parseAddCheckpoint,
  parseCheckpoint,
  verifyConsistency,
  verifyNote,
} from '@careplane/tlog';
import type { AddCheckpoint, SignedCheckpoint, SigningKey } from '@careplane/tlog';
import type { Logs } from './logs.ts';
import type { States } from './states.ts';

/** What a request comes to (c2sp.org/tlog-witness, add-checkpoint). */
export type Verdict =
  | { readonly result: 'cosigned'; readonly lines: string }
  /** The log asked from another size than this one, or shows another tree of this size. */
  | { readonly result: 'conflict'; readonly size: number }
  | { readonly result: 'malformed' | 'unknown-log' | 'unsigned' | 'inconsistent' };

export interface WitnessParts {
  readonly key: SigningKey;
  readonly logs: Logs;
  readonly states: States;
  readonly now: () => Date;
}

/** Judges a request, and cosigns a checkpoint that goes on from the latest one. What is cosigned is stored before. */
export async function addCheckpoint(body: string, parts: WitnessParts): Promise<Verdict> {
  const asked = read(body);
  if (asked === undefined) return { result: 'malformed' };
  const { checkpoint, request } = asked;
  const keys = await parts.logs.keysOf(checkpoint.origin);
  if (keys.length === 0) return { result: 'unknown-log' };
  if (!holds(() => verifyNote(checkpoint.note, keys))) return { result: 'unsigned' };
  if (request.oldSize > checkpoint.size) return { result: 'malformed' };
  return advance(checkpoint, request, parts);
}

async function advance(
  checkpoint: SignedCheckpoint,
  { oldSize, proof }: AddCheckpoint,
  { key, states, now }: WitnessParts,
): Promise<Verdict> {
  const latest = await states.latest(checkpoint.origin);
  const isFork = latest.size === checkpoint.size && !isSameHash(latest.root, checkpoint.root);
  if (oldSize !== latest.size || isFork) return { result: 'conflict', size: latest.size };
  const isConsistent = holds(() => {
    verifyConsistency(latest, checkpoint, proof);
  });
  if (!isConsistent) return { result: 'inconsistent' };
  if (!(await states.advance(checkpoint.origin, latest, checkpoint)))
    return { result: 'conflict', size: (await states.latest(checkpoint.origin)).size };
  return { result: 'cosigned', lines: formatSignature(cosign(checkpoint.note.text, key, now())) };
}

function read(body: string): { request: AddCheckpoint; checkpoint: SignedCheckpoint } | undefined {
  try {
    const request = parseAddCheckpoint(body);
    return { request, checkpoint: parseCheckpoint(request.checkpoint) };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** Whether it verifies. */
function holds(verify: () => unknown): boolean {
  try {
    verify();
    return true;
  } catch (error) {
    if (error instanceof NotVerified) return false;
    throw error;
  }
}
