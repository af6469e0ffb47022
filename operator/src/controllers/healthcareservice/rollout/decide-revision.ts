/** What is remembered of the revisions of a service, in `status.rollout`. Milliseconds since the epoch. */
export interface RevisionRecord {
  /** The revision that was last begun. */
  begun: { revision: string; at: number } | undefined;
  /** Revisions that were Ready and did not fail afterwards, the last one first, each with when it was Ready first. */
  ready: readonly { revision: string; at: number }[];
  /** Why the revision of the spec is not tried again. */
  failed: FailedRevision | undefined;
}

export interface FailedRevision extends Fault {
  revision: string;
  /** `careplane.dev/retry` at that time: another value has the revision tried again. */
  retry: string;
}

/** Evidence against a revision. */
export interface Fault {
  reason: 'ProgressDeadlineExceeded' | 'CrashLooping' | 'BurnsSlo';
  /** For people. */
  message: string;
}

/** What decides, seen at one moment. */
export interface RevisionSight {
  /** The revision that the spec asks for. */
  target: string;
  /** The one that the Deployment has. */
  current: string | undefined;
  /** Revisions whose content is known. */
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

export const NO_RECORD: RevisionRecord = { begun: undefined, ready: [], failed: undefined };

/**
 * Which revision a service is to run: the spec's, the one that somebody pinned, or, when the spec's has failed, the last
 * one that was Ready. Decides from what is on record only: a failure is recorded in one turn and acted upon in the next, so that no
 * crash in between can lose it and have the failed revision tried again. Pure.
 */
export function decideRevision(before: RevisionRecord, sight: RevisionSight): RevisionDecision {
  const kept = forgetful(before, sight);
  const choice = choose(kept, sight);
  const { failed } = kept;
  const learned = withFailure(withReady(kept, sight), choice, sight);
  const isNew = failed === undefined && learned.failed !== undefined;
  return {
    ...choice,
    state: isNew ? 'RolledBack' : choice.state,
    record: withBeginning(learned, choice.serve, sight.now),
    again: isNew,
  };
}

/** A failure counts for the content and the wish with which it happened; a person's word voids it. */
function forgetful(record: RevisionRecord, sight: RevisionSight): RevisionRecord {
  const { failed } = record;
  const isVoid =
    failed?.revision !== sight.target || failed.retry !== sight.retry || isPinned(sight) || !sight.automatic;
  return isVoid ? { ...record, failed: undefined } : record;
}

type Choice = Pick<RevisionDecision, 'serve' | 'state'>;

function choose(record: RevisionRecord, sight: RevisionSight): Choice {
  const { target, current, pin } = sight;
  if (pin !== undefined && isPinned(sight)) return { serve: pin, state: 'Pinned' };
  const former = lastReady(record, sight);
  if (record.failed !== undefined && former !== undefined) return { serve: former, state: 'RolledBack' };
  if (sight.isHeld && current !== undefined && current !== target) return { serve: current, state: 'Held' };
  return { serve: target, state: counts(record, sight) ? 'Faulty' : 'Forward' };
}

function isPinned({ pin, known }: RevisionSight): boolean {
  return pin !== undefined && known.has(pin);
}

/** The last revision that was Ready, apart from the spec's. */
export function lastReady(
  { ready }: Pick<RevisionRecord, 'ready'>,
  { target, known }: Pick<RevisionSight, 'target' | 'known'>,
): string | undefined {
  return ready.find(({ revision }) => revision !== target && known.has(revision))?.revision;
}

/**
 * Whether there is evidence against the spec's revision that counts. One that was Ready has proven that it can start: from then on no deadline is
 * held against it (it is scaled, its node is drained, its store is down), only what it does to its users: it answers badly, or not at all.
 */
function counts(record: RevisionRecord, { target, current, fault }: RevisionSight): boolean {
  if (fault === undefined || current !== target) return false;
  const wasReady = record.ready.some(({ revision }) => revision === target);
  return fault.reason !== (wasReady ? 'ProgressDeadlineExceeded' : 'BurnsSlo');
}

function withReady(record: RevisionRecord, { current, isComplete, now }: RevisionSight): RevisionRecord {
  if (!isComplete || current === undefined || record.ready[0]?.revision === current) return record;
  // It is being taken back: that its pods are still ready proves nothing any more.
  if (record.failed?.revision === current) return record;
  const known = record.ready.find(({ revision }) => revision === current);
  const others = record.ready.filter(({ revision }) => revision !== current);
  const ready = [known ?? { revision: current, at: now }, ...others].slice(0, REMEMBERED);
  return { ...record, ready };
}

function withFailure(record: RevisionRecord, choice: Choice, sight: RevisionSight): RevisionRecord {
  const { target, fault, retry } = sight;
  const acts = choice.state === 'Faulty' && sight.automatic && lastReady(record, sight) !== undefined;
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
