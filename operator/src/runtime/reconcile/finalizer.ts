import type { KubeClient } from '../client/client.ts';
import { isStatus } from '../errors.ts';
import { FINALIZER } from '../keys.ts';
import type { CustomObject } from '../kube.ts';

/** For so long a clean-up waits for what it needs; deletions are to complete within 30 s, broker or not. */
const PATIENCE_MS = 20_000;

/** Whether the deletion is so young that what it needs may yet come back. `now`: milliseconds since the epoch. */
export function isPatient({ metadata }: CustomObject<unknown>, now: number): boolean {
  return now - Date.parse(metadata.deletionTimestamp ?? '') < PATIENCE_MS;
}

export function hasFinalizer(object: CustomObject<unknown>): boolean {
  return object.metadata.finalizers?.includes(FINALIZER) === true;
}

/** Adds the finalizer. Throws ApiError 409 when the cached object is out of date. */
export async function addFinalizer(
  client: KubeClient,
  object: CustomObject<unknown>,
  signal: AbortSignal,
): Promise<CustomObject<unknown>> {
  const finalizers = [...(object.metadata.finalizers ?? []), FINALIZER];
  return (await patchFinalizers(client, object, finalizers, signal)) as CustomObject<unknown>;
}

/** Removes the finalizer; an object that is already gone is fine. Throws 409 when the cached object is out of date. */
export async function removeFinalizer(
  client: KubeClient,
  object: CustomObject<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== FINALIZER);
  try {
    await patchFinalizers(client, object, finalizers, signal);
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}

/** With the resource version, so that a finalizer that somebody else adds meanwhile is not lost. */
function patchFinalizers(
  client: KubeClient,
  object: CustomObject<unknown>,
  finalizers: string[],
  signal: AbortSignal,
): Promise<unknown> {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace, resourceVersion } = metadata;
  const identity = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
  return client.mergePatch({ apiVersion, kind, metadata: { ...identity, finalizers } }, { signal });
}
