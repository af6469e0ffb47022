import type { EventNote, JudgedCondition } from '../controller.ts';
import { AT_ONCE, conditionType, eventType, warningsOf, WHEN_SETTLED } from '../status/reasons.ts';
import { describeConflicts, type FieldConflict } from './field-conflicts.ts';
import { describeRefused, type RefusedChild } from './refused-child.ts';

const DRIFT_RUNBOOK = 'docs/operations/runbooks/CareplaneDriftRepeated.md';

export const ChildrenInSync = conditionType({
  type: 'ChildrenInSync',
  informs: true,
  hinders: true,
  meaning: 'Shown only while it is False: every child is applied, and as the operator applied it.',
  reasons: {
    ChildRefused: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      counts: true,
      meaning:
        'The API server refuses a child: a value is invalid or taken (a node port), a quota is used up, a webhook or a missing right forbids it. The other children are applied; pods wait only for what they need.',
      remedy:
        'The message names the child, the field and why. Mend it in the spec or in the cluster; it is tried again within a minute.',
      page: 'docs/concepts/machinery.md',
    },
    DriftWar: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        'Somebody else changes a child again and again. It is put right at most every few minutes, so that the two do not load the API server.',
      remedy:
        'The message names the field manager and the fields: stop that writer, or pause the object with `careplane.dev/paused=true`.',
      page: DRIFT_RUNBOOK,
    },
  },
});

export const BindingsWritten = conditionType({
  type: 'BindingsWritten',
  informs: true,
  meaning: 'Shown only while it is False: every service has the Secret with its credentials at this object.',
  reasons: {
    BindingRefused: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning:
        'The Secret with the credentials of a service cannot be written: its name is taken, a quota is used up, a webhook or a missing right forbids it. This service waits (BindingsReady); this object and the others go on.',
      remedy:
        'The message names the Secret and why. Remove what stands against it; it is tried again within a minute.',
      page: 'docs/concepts/machinery.md',
    },
  },
});

export const DriftCorrected = eventType({
  type: 'Normal',
  reason: 'DriftCorrected',
  meaning: 'Somebody else changed or deleted a child, and the operator put it back.',
  remedy: 'Change the owner instead of the child; when it comes again and again, find out who writes.',
  page: DRIFT_RUNBOOK,
});

export const FieldsTaken = eventType({
  type: 'Warning',
  reason: 'FieldConflict',
  meaning: 'The operator took over fields of a child that another field manager had set to something else.',
  remedy: 'Let one of the two alone write those fields; the message names both.',
});

/** A child that was not as we left it, or that others hold fields of. */
export interface Contested {
  /** Kind and name. */
  child: string;
  /** Who holds which of our fields; empty when they were removed or the child deleted, which leaves no name. */
  conflicts: FieldConflict[];
}

/** What an apply and prune did. */
export interface ChildrenReport {
  applied: number;
  pruned: number;
  /** Children that somebody else had changed or deleted, and that were put right. */
  drifted: Contested[];
  /** Children of which we took fields from others with a change of our own. */
  taken: Contested[];
  /** Children that somebody else changes again and again: left as they are for a while. */
  held: Contested[];
  /** Children that were not touched since the plan was made before what decides about them was seen. */
  left: string[];
  /** Children that could not be applied, and those that wait for them. */
  refused: RefusedChild[];
  /** Milliseconds after which a child that was held, or left to others, is looked at again. */
  againMs?: number;
}

export function emptyReport(): ChildrenReport {
  return { applied: 0, pruned: 0, drifted: [], taken: [], held: [], left: [], refused: [] };
}

/** Has the children looked at again after so many milliseconds, if not before. */
export function lookAgain(report: ChildrenReport, afterMs: number): void {
  report.againMs = Math.min(report.againMs ?? Infinity, afterMs);
}

/** Children named in one note. */
const NAMED = 10;

/** What the report has to tell, as events. */
export function childrenNotes({ drifted, taken, held, refused }: ChildrenReport): EventNote[] {
  const notes: EventNote[] = [];
  if (drifted.length > 0) notes.push(DriftCorrected.note(`put back what others changed: ${listed(drifted)}`));
  if (taken.length > 0)
    notes.push(FieldsTaken.note(`took over fields that others had set: ${listed(taken)}`));
  return [...notes, ...warningsOf(childrenConditions({ held, refused }))];
}

/**
 * `ChildrenInSync=False` while a child is refused or left as others want it, `NamesFree=False` for a taken name; `BindingsWritten=False`
 * for what only others miss.
 */
export function childrenConditions({
  held,
  refused,
}: Pick<ChildrenReport, 'held' | 'refused'>): JudgedCondition[] {
  const bindings = refused.filter(({ isBinding }) => isBinding === true);
  const own = refused.filter(({ isBinding }) => isBinding !== true);
  const known = own.map(({ condition }) => condition).filter((condition) => condition !== undefined);
  if (bindings.length > 0) known.push(BindingsWritten.because('BindingRefused', describeRefused(bindings)));
  const others = own.filter(({ condition }) => condition === undefined);
  if (others.length > 0) return [...known, ChildrenInSync.because('ChildRefused', describeRefused(others))];
  return held.length === 0 ? known : [...known, driftWar(held)];
}

function driftWar(held: readonly Contested[]): JudgedCondition {
  const message = `somebody else changes again and again: ${listed(held)}. It is put right at most every few minutes: stop the other writer, or pause this object`;
  return ChildrenInSync.because('DriftWar', message);
}

function listed(contested: readonly Contested[]): string {
  const named = contested.slice(0, NAMED).map(({ child, conflicts }) => {
    return conflicts.length === 0 ? child : `${child} (${describeConflicts(conflicts)})`;
  });
  const more = contested.length - NAMED;
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}
