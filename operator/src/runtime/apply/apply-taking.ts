import type { KubeClient } from '../client/client.ts';
import type { AnyObject } from '../kube.ts';
import { fieldConflictsOf, type FieldConflict } from './field-conflicts.ts';

/**
 * Server-side apply, first without force: fields that others hold with other values are taken only when `mayTake` says so, and the
 * caller hears whose they were. `undefined` when they may not be taken: nothing was written.
 */
export async function applyTaking(
  { client, signal }: { client: KubeClient; signal: AbortSignal },
  object: AnyObject,
  mayTake: (held: FieldConflict[]) => Promise<boolean>,
): Promise<{ answer: AnyObject; conflicts: FieldConflict[] } | undefined> {
  const options = { signal, metadataOnly: true };
  try {
    return { answer: await client.apply(object, { ...options, force: false }), conflicts: [] };
  } catch (error) {
    const conflicts = fieldConflictsOf(error);
    if (conflicts === undefined) throw error;
    if (!(await mayTake(conflicts))) return undefined;
    return { answer: await client.apply(object, options), conflicts };
  }
}
