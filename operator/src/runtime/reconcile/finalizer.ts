import type { KubeClient } from '../client/client.ts';
import { isStatus } from '../errors.ts';
import { FINALIZER, keyId, keyOf } from '../keys.ts';
import type { CustomObject, ObjectKey } from '../kube.ts';

/** For so long a clean-up waits for what it needs; deletions are to complete within 30 s, broker or not. */
const PATIENCE_MS = 20_000;

/** Since when clean-ups fail for what they need. Not since the deletion, which may have been held, or made while nobody led. */
export class Patience {
  readonly #failing = new Map<string, { uid: string | undefined; since: number }>();

  /** A try failed: whether what it needs may yet come back. `now`: monotonic milliseconds. */
  lasts(object: CustomObject<unknown>, now: number): boolean {
    const { uid } = object.metadata;
    const id = keyId(keyOf(object));
    const known = this.#failing.get(id);
    const since = known !== undefined && known.uid === uid ? known.since : now;
    this.#failing.set(id, { uid, since });
    return now - since < PATIENCE_MS;
  }

  forget(key: ObjectKey): void {
    this.#failing.delete(keyId(key));
  }
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
