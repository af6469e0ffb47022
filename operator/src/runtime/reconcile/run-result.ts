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

/** What a run has to say: the plan, what `act` learned, and what was done to the children. A refused child is the cause of others. */
export function resultOf(plan: Plan, outcome: Outcome, report = emptyReport()): RunResult {
  const ofChildren = childrenConditions(report);
  const causes = ofChildren.filter(({ informs }) => informs !== true);
  return {
    conditions: overrideConditions(
      [...causes, ...plan.conditions],
      [...(outcome.conditions ?? []), ...ofChildren],
    ),
    status: { ...plan.status, ...outcome.status },
    events: [...(plan.events ?? []), ...(outcome.events ?? []), ...childrenNotes(report)],
  };
}
