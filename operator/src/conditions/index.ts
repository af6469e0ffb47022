import type { ConditionEntry, EventEntry } from './entry.ts';
import { healthcareServiceConditions, healthcareServiceEvents } from './healthcareservice.ts';
import { machineryConditions, machineryEvents } from './machinery.ts';
import { observabilityStackConditions, scalingPolicyConditions } from './others.ts';
import { providerConditions, providerEvents } from './providers.ts';

export type { ConditionEntry, EventEntry, ReasonEntry } from './entry.ts';

/**
 * Every condition that the operator sets, with every reason: the source of docs/reference/conditions.md and of
 * `careplane explain`. A test holds it against the controllers.
 */
export const conditionCatalogue: readonly ConditionEntry[] = [
  ...machineryConditions,
  ...healthcareServiceConditions,
  ...scalingPolicyConditions,
  ...providerConditions,
  ...observabilityStackConditions,
];

/** Reasons of events that no condition has; an event about a condition has the condition's reason. */
export const eventCatalogue: readonly EventEntry[] = [
  ...machineryEvents,
  ...healthcareServiceEvents,
  ...providerEvents,
];
