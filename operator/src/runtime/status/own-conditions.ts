import { BindingsWritten, ChildrenInSync } from '../apply/children-report.ts';
import { NamesFree } from '../apply/name-taken.ts';
import { Paused } from '../safety/pause.ts';
import { Ready } from './conditions.ts';
import { Reconciling, Stalled } from './progress.ts';
import type { ConditionDescription } from './reasons.ts';

/** Conditions of the machinery, which every kind has. */
export const OWN_DESCRIPTIONS: readonly ConditionDescription[] = [
  Ready,
  Reconciling,
  Stalled,
  NamesFree,
  ChildrenInSync,
  BindingsWritten,
  Paused,
];
