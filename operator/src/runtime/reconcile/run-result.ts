import {
  childrenConditions,
  childrenNotes,
  emptyReport,
  type ChildrenReport,
} from '../apply/children-report.ts';
import type { EventNote, Outcome, Plan } from '../controller.ts';
import { overrideConditions } from '../status/conditions.ts';
import type { RunResult } from '../status/reporter.ts';

/** What only this run can tell: the next one finds it in order. */
export interface News {
  /** Of the children. */
  report: ChildrenReport;
  /** Of `act`. */
  acted: readonly EventNote[];
}

/** The news as events. */
export function notesOf({ report, acted }: News): EventNote[] {
  return [...childrenNotes(report), ...acted];
}

/** What a run has to say: the plan, what `act` learned, and what was done to the children. */
export function resultOf(plan: Plan, outcome: Outcome, report = emptyReport()): RunResult {
  const conditions = [...(outcome.conditions ?? []), ...childrenConditions(report)];
  return {
    conditions: overrideConditions(plan.conditions, conditions),
    status: { ...plan.status, ...outcome.status },
    events: [...(plan.events ?? []), ...(outcome.events ?? []), ...childrenNotes(report)],
  };
}
