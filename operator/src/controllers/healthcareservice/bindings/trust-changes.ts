import { healthcareServices } from '../../../api/healthcareservice.ts';
import { trustOf } from '../../../k8s/secret-data.ts';
import type { Cache } from '../../../runtime/controller.ts';
import { keyOf } from '../../../runtime/keys.ts';
import type { KubeObject, ObjectKey } from '../../../runtime/kube.ts';

/** Sets of authorities that are remembered of a namespace: each step of a rotation makes another one. */
const REMEMBERED = 16;

/** Wakes the services of a namespace when a Secret of it is the first to hold other authorities. */
export class TrustChanges {
  readonly #seen = new Map<string, Set<string>>();

  /** The services that a change of the Secret concerns. */
  concerned(secret: KubeObject, cache: Cache): ObjectKey[] {
    const { namespace = '' } = secret.metadata;
    const trust = trustOf(secret);
    if (trust === undefined) return [];
    const seen = this.#seen.get(namespace) ?? new Set();
    if (seen.has(trust)) return [];
    this.#seen.set(namespace, new Set([...seen, trust].slice(-REMEMBERED)));
    return cache.list(healthcareServices, namespace).map(keyOf);
  }
}
