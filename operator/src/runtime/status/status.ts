import { CACHE_LAG_MS } from '../apply/child.ts';
import type { KubeClient } from '../client/client.ts';
import { systemClock, type Clock } from '../clock.ts';
import { digest } from '../apply/digest.ts';
import { isNewer } from '../keys.ts';
import type { Condition, CustomObject, StatusBase } from '../kube.ts';

/** A status as it travels. */
export type Status = StatusBase & Record<string, unknown>;

interface Written {
  /** Digest of what we wanted. */
  wanted: string;
  /** What the API server made of it: it drops unknown fields and fills in defaults. */
  result: Status;
  resultDigest: string;
  resourceVersion: string | undefined;
  /** When, monotonic milliseconds. */
  at: number;
}

/** Writes the status subresource, only when it differs from what is there. */
export class StatusWriter {
  readonly #written = new Map<string, Written>();
  readonly #clock: Clock;

  constructor(clock = systemClock) {
    this.#clock = clock;
  }

  /** The status to judge from: the cached one, or our own last write while the cache has not seen it. */
  current(object: CustomObject<unknown>): Status {
    const written = this.#written.get(object.metadata.uid ?? '');
    const isBehind = isNewer(written?.resourceVersion, object.metadata.resourceVersion);
    // Not for ever: after a restore of etcd the versions are lower, and what we wrote is gone.
    if (written !== undefined && isBehind && this.#clock.monotonic() - written.at <= CACHE_LAG_MS)
      return written.result;
    return (object.status ?? {}) as Status;
  }

  /** Returns whether it wrote. */
  async write(
    client: KubeClient,
    object: CustomObject<unknown>,
    status: Status,
    signal: AbortSignal,
  ): Promise<boolean> {
    const uid = object.metadata.uid ?? '';
    const wanted = digest(status);
    const present = digest(this.current(object));
    const written = this.#written.get(uid);
    if (wanted === present || (written?.wanted === wanted && written.resultDigest === present)) return false;
    const { apiVersion, kind, metadata } = object;
    const { name, namespace } = metadata;
    // With the uid, a status never lands on a namesake that was created meanwhile.
    const identity = { name, uid, ...(namespace === undefined ? {} : { namespace }) };
    const answer = await client.applyStatus({ apiVersion, kind, metadata: identity, status }, { signal });
    const result = (answer['status'] ?? {}) as Status;
    const { resourceVersion } = answer.metadata;
    const at = this.#clock.monotonic();
    this.#written.set(uid, { wanted, result, resultDigest: digest(result), resourceVersion, at });
    return true;
  }

  forget(uid: string): void {
    this.#written.delete(uid);
  }
}

/** Joins the parts of a status; conditions and generation belong to the machinery. */
export function statusOf(fields: object, generation: number | undefined, conditions: Condition[]): Status {
  return { ...fields, ...(generation === undefined ? {} : { observedGeneration: generation }), conditions };
}

/** The fields of a status that belong to the controller. */
export function ownFields(status: Status): object {
  const fields: Partial<Status> = { ...status };
  delete fields.conditions;
  delete fields.observedGeneration;
  return fields;
}
