import type { KubeClient } from '../client/client.ts';
import type { AnyObject } from '../kube.ts';
import { isStatus } from '../errors.ts';
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

/** No object ever has it: etcd counts from 1, and its first write is 2. */
const NO_VERSION = '1';

/**
 * Server-side apply of an object that must not be there yet; `undefined` when one is. The API server compares a resourceVersion
 * with what it finds and creates where it finds nothing. A POST would leave a second entry in managedFields, which holds
 * fields that later applies leave out.
 */
export async function applyNew(
  { client, signal }: { client: KubeClient; signal: AbortSignal },
  object: AnyObject,
): Promise<AnyObject | undefined> {
  const metadata = { ...object.metadata, resourceVersion: NO_VERSION };
  try {
    return await client.apply({ ...object, metadata }, { signal, metadataOnly: true, force: false });
  } catch (error) {
    if (isStatus(error, 409)) return undefined;
    throw error;
  }
}
