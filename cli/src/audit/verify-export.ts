import { cosignatureOf, openCheckpoint, verifyNote } from '@careplane/tlog';
import type { Cosignature, SignedCheckpoint, VerifierKey } from '@careplane/tlog';
import { CHECKPOINT } from './open-export.ts';
import type { AuditExport } from './open-export.ts';
import { reading, Tampered } from './tampered.ts';
import { Walk } from './walk.ts';
import type { Progress } from './walk.ts';

/** What an auditor trusts, and has kept from before. */
export interface Trust {
  /** The log's keys: one of them has signed. */
  readonly keys: readonly VerifierKey[];
  /** The witnesses that have cosigned: each of them. */
  readonly witnesses: readonly VerifierKey[];
  /** Checkpoints that were seen before, as text: the log begins with what each of them says. */
  readonly since: readonly string[];
  /** False: the log alone, for who does not have the records. */
  readonly withRecords: boolean;
}

/** What was verified. */
export interface Verified {
  readonly checkpoint: SignedCheckpoint;
  readonly signer: string;
  readonly cosignatures: readonly Cosignature[];
  /** Sizes of the former checkpoints. */
  readonly since: readonly number[];
}

/**
 * Verifies an export against its checkpoint: the signatures, each entry and its record, each tile, the root, and that the log begins with what
 * former checkpoints say. Holds some bundles of 256 entries at a time.
 * @throws Tampered at the first thing that is wrong
 */
export async function verifyExport(source: AuditExport, trust: Trust, progress: Progress): Promise<Verified> {
  const text = await source.read(CHECKPOINT);
  if (text === undefined)
    throw new Tampered(
      'there is no checkpoint: careplane audit export writes it last, and goes on when it is run again',
    );
  const checkpoint = opened('the checkpoint', text.toString(), trust.keys);
  const signer = verifyNote(checkpoint.note, trust.keys).name;
  const cosignatures = trust.witnesses.map((witness) => cosignatureBy(witness, checkpoint));
  const former = trust.since.map((one) => opened('the former checkpoint', one, trust.keys));
  await new Walk(source, checkpoint, former).run(trust.withRecords, progress);
  return { checkpoint, signer, cosignatures, since: former.map(({ size }) => size) };
}

function opened(what: string, text: string, keys: readonly VerifierKey[]): SignedCheckpoint {
  return reading(what, () => openCheckpoint(text, keys));
}

function cosignatureBy(witness: VerifierKey, { note }: SignedCheckpoint): Cosignature {
  const cosignature = reading('the checkpoint', () => cosignatureOf(note, witness));
  if (cosignature === undefined)
    throw new Tampered(`the witness ${witness.name} has not cosigned the checkpoint`);
  return cosignature;
}
