import type { EventNote, JudgedCondition } from '../controller.ts';
import type { HeldDeletions } from './deletion-guard.ts';
import { CONFIRM_ANNOTATION } from '../keys.ts';
import { conditionType, eventType } from '../status/reasons.ts';

export const DeletionHeld = conditionType({
  type: 'DeletionHeld',
  informs: true,
  meaning: 'The object is deleted, and its clean-up waits for somebody to confirm it.',
  reasons: {
    MassDeletion: {
      status: 'True',
      meaning:
        'More of its kind were deleted at once than is credible. If it is meant, annotate the namespace with `careplane.dev/confirm-deletion=true`; if not, apply the objects again.',
    },
  },
});

export const DeletionsHeld = conditionType({
  type: 'DeletionsHeld',
  informs: true,
  meaning:
    'Objects that this one depends on, or that depend on it, were deleted at once; it goes on as before.',
  reasons: {
    MassDeletion: {
      status: 'True',
      meaning:
        'See DeletionHeld: confirm the deletions by an annotation of the namespace, or apply the objects again.',
    },
  },
});

export const MassDeletionHeld = eventType({
  type: 'Warning',
  reason: 'MassDeletionHeld',
  meaning:
    'Too many objects were deleted at once: what would be taken down with them is held until it is confirmed.',
  remedy:
    'Annotate the namespace with `careplane.dev/confirm-deletion=true` if it is meant; apply the objects again if not.',
});

/** Objects named in an event; the rest is counted. */
const NAMED = 5;

/** The condition of an object whose own deletion is held. */
export function deletionHeldCondition(namespace: string): JudgedCondition {
  const message = `too many of its kind were deleted at once: it is not cleaned up until it is confirmed; ${remedy(namespace)}`;
  return DeletionHeld.because('MassDeletion', message);
}

/** The condition of an object that goes on serving what is gone: none while nothing is held. */
export function dependentsConditions(held: readonly HeldDeletions[]): JudgedCondition[] {
  const [first] = held;
  if (first === undefined) return [];
  const counts = held.map(({ type, objects }) => `${objects.length} ${type.kind}`).join(', ');
  const message = `${counts} of this namespace went at once: what depends on them stays as it was; ${remedy(first.namespace)}`;
  return [DeletionsHeld.because('MassDeletion', message)];
}

/** The event about a mass deletion. */
export function massDeletionNote({ type, namespace, objects }: HeldDeletions): EventNote {
  const names = objects.map(({ metadata }) => metadata.name).sort();
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const what = `${type.kind} ${names.slice(0, NAMED).join(', ')}${more} were deleted at once`;
  return MassDeletionHeld.note(`${what}: their users, queues and clean-up are held; ${remedy(namespace)}`);
}

function remedy(namespace: string): string {
  const command = `kubectl annotate namespace ${namespace} ${CONFIRM_ANNOTATION}=true`;
  return `if it is meant: ${command} (that counts for an hour; take an older one away first); if not: apply them again`;
}
