import type { Fault } from './fault.ts';
import { lastReady, type RevisionRecord } from './record.ts';

/** What decides, seen at one moment. */
export interface DecisionInput {
  /** The revision that the spec asks for. */
  target: string;
  /** The one that the Deployment has. */
  current: string | undefined;
  /** Revisions whose content is known, and whose pods could start. */
  known: Pick<ReadonlySet<string>, 'has'>;
  /** `careplane.dev/rollback-to`; one that is not known pins nothing. */
  pin: string | undefined;
  /** `careplane.dev/retry`; empty when absent. */
  retry: string;
  /** Whether a failed revision is to be replaced, or only reported. */
  automatic: boolean;
  /** Something that new pods need is missing: no new revision is begun. */
  isHeld: boolean;
  /** Whether every pod runs `current`, and at least one of them is ready. */
  isComplete: boolean;
  /** What speaks against `current`. */
  fault: Fault | undefined;
  now: number;
}

export interface RevisionDecision {
  /** The revision that the Deployment is to have. */
  serve: string;
  record: RevisionRecord;
  /** Why it is not simply the spec's. */
  state: 'Forward' | 'Held' | 'Pinned' | 'RolledBack' | 'Faulty';
  /** The record is to be written first: the next turn acts upon it. */
  again: boolean;
}

/** As many as the history holds. */
const REMEMBERED = 10;

/**
 * Which revision a service is to run: the spec's, the one that somebody pinned, or, when the spec's has failed, the last one that was Ready.
 * A failure is recorded in one turn and acted upon in the next: no crash in between can lose it and have the failed revision tried again. Pure.
 */
export function decideRevision(before: RevisionRecord, input: DecisionInput): RevisionDecision {
  const kept = withoutVoidFailure(before, input);
  const choice = choose(kept, input);
  const { failed } = kept;
  const learned = withFailure(withReady(kept, input), choice, input);
  const isNew = failed === undefined && learned.failed !== undefined;
  return {
    ...choice,
    state: isNew ? 'RolledBack' : choice.state,
    record: withBeginning(learned, choice.serve, input.now),
    again: isNew,
  };
}

/** A failure counts for the content and the wish with which it happened; a person's word voids it. */
function withoutVoidFailure(record: RevisionRecord, input: DecisionInput): RevisionRecord {
  const { failed } = record;
  const isVoid =
    failed?.revision !== input.target || failed.retry !== input.retry || isPinned(input) || !input.automatic;
  return isVoid ? { ...record, failed: undefined } : record;
}

type Choice = Pick<RevisionDecision, 'serve' | 'state'>;

function choose(record: RevisionRecord, input: DecisionInput): Choice {
  const { target, current, pin } = input;
  if (pin !== undefined && isPinned(input)) return { serve: pin, state: 'Pinned' };
  const former = lastReady(record, target, input.known);
  if (record.failed !== undefined && former !== undefined) return { serve: former, state: 'RolledBack' };
  if (input.isHeld && current !== undefined && current !== target) return { serve: current, state: 'Held' };
  return { serve: target, state: counts(record, input) ? 'Faulty' : 'Forward' };
}

function isPinned({ pin, known }: DecisionInput): boolean {
  return pin !== undefined && known.has(pin);
}

/**
 * Whether there is evidence against the spec's revision that counts. A revision that was Ready has proven that it can start: a missed
 * deadline no longer counts (it is scaled, its node is drained, its store is down), only what it does to its users.
 */
function counts(record: RevisionRecord, { target, current, fault }: DecisionInput): boolean {
  if (fault === undefined || current !== target) return false;
  const wasReady = record.ready.some(({ revision }) => revision === target);
  return fault.reason !== (wasReady ? 'ProgressDeadlineExceeded' : 'BurnsSlo');
}

function withReady(record: RevisionRecord, { current, isComplete, now }: DecisionInput): RevisionRecord {
  if (!isComplete || current === undefined) return record;
  // It is being rolled back: its pods may still be ready.
  if (record.failed?.revision === current) return record;
  const known = record.ready.find(({ revision }) => revision === current);
  const others = record.ready.filter(({ revision }) => revision !== current);
  const ready = [known ?? { revision: current, at: now }, ...others].slice(0, REMEMBERED);
  return { ...record, ready };
}

function withFailure(record: RevisionRecord, choice: Choice, input: DecisionInput): RevisionRecord {
  const { target, fault, retry } = input;
  const acts =
    choice.state === 'Faulty' && input.automatic && lastReady(record, target, input.known) !== undefined;
  if (!acts || fault === undefined) return record;
  return {
    ...record,
    ready: record.ready.filter(({ revision }) => revision !== target),
    failed: { ...fault, revision: target, retry },
  };
}

function withBeginning(record: RevisionRecord, serve: string, now: number): RevisionRecord {
  return record.begun?.revision === serve ? record : { ...record, begun: { revision: serve, at: now } };
}
