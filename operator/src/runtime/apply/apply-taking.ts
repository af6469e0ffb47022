import type { KubeClient } from '../client/client.ts';
import type { AnyObject } from '../kube.ts';
import { fieldConflictsOf, type FieldConflict } from './field-conflicts.ts';

/** Server-side apply without force, then with it if `mayTake` agrees; `undefined` when it does not: nothing was written. */
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
