import type { Logger } from '../controller.ts';
import type { AnyObject } from '../kube.ts';
import type { ChildrenReport } from './children-report.ts';
import type { FieldConflict } from './field-conflicts.ts';

/** Where a convergence tells what it does. */
export interface Convergence {
  log: Logger;
  /** Filled step by step: when a later step throws it says what was done before. */
  report: ChildrenReport;
  /** Whether fields that others have written with other values may be taken from them (`Controller.mayTake`). */
  mayTake: (child: AnyObject, conflicts: readonly FieldConflict[]) => Promise<boolean>;
}
