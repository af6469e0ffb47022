import type { EventNote, JudgedCondition } from '../controller.ts';
import type { HeldDeletions } from './deletion-guard.ts';
import { CONFIRM_ANNOTATION } from '../keys.ts';

/** Objects named in an event; the rest is counted. */
const NAMED = 5;

/** The condition of an object whose own deletion is held. */
export function deletionHeldCondition(namespace: string): JudgedCondition {
  const message = `too many of its kind were deleted at once: it is not cleaned up until it is confirmed; ${remedy(namespace)}`;
  return { type: 'DeletionHeld', status: 'True', reason: 'MassDeletion', message, informs: true };
}

/** The condition of an object that goes on serving what is gone: none while nothing is held. */
export function dependentsConditions(held: readonly HeldDeletions[]): JudgedCondition[] {
  const [first] = held;
  if (first === undefined) return [];
  const counts = held.map(({ type, objects }) => `${objects.length} ${type.kind}`).join(', ');
  const message = `${counts} of this namespace went at once: what depends on them stays as it was; ${remedy(first.namespace)}`;
  return [{ type: 'DeletionsHeld', status: 'True', reason: 'MassDeletion', message, informs: true }];
}

/** The event about a mass deletion. */
export function massDeletionNote({ type, namespace, objects }: HeldDeletions): EventNote {
  const names = objects.map(({ metadata }) => metadata.name).sort();
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const what = `${type.kind} ${names.slice(0, NAMED).join(', ')}${more} were deleted at once`;
  const message = `${what}: their users, queues and clean-up are held; ${remedy(namespace)}`;
  return { type: 'Warning', reason: 'MassDeletionHeld', message };
}

function remedy(namespace: string): string {
  const command = `kubectl annotate namespace ${namespace} ${CONFIRM_ANNOTATION}=true`;
  return `if it is meant: ${command} (that counts for an hour; take an older one away first); if not: apply them again`;
}
