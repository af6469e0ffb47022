import { healthcareServices } from '@careplane/operator/api/healthcareservice';
import { certificateSecretName, identitySecretName } from '@careplane/operator/pki/tls-secret';
import type { KubeClient } from '@careplane/operator/runtime/client/client';
import type { Context } from '@careplane/operator/runtime/controller';
import { keyOf } from '@careplane/operator/runtime/keys';
import type {
  AnyObject,
  CustomObject,
  KubeObject,
  ObjectKey,
  ObjectMeta,
  ResourceType,
} from '@careplane/operator/runtime/kube';
import { silentLogger } from '@careplane/operator/runtime/telemetry/log';
import { isAuthority, unreadableAuthority, type PermittedReads } from './permitted-reads.ts';
import type { ReadObjects } from './read-cluster.ts';
import { objectId, type Snapshot } from './snapshot.ts';

/**
 * The cluster as the controllers would leave it: their writes go into the snapshot and are recorded, nothing is
 * sent. Reads that no cache holds go to the cluster, once each, unless a rehearsed write has the answer.
 */
export class Rehearsal {
  readonly snapshot: Snapshot;
  /** What the cluster holds of everything that was read: what a write is compared with. */
  readonly live = new Map<string, KubeObject | undefined>();
  readonly reads: PermittedReads;
  readonly #client: KubeClient;
  readonly #signal: AbortSignal;
  readonly #written = new Map<string, AnyObject>();
  readonly #removed = new Map<string, { type: ResourceType; key: ObjectKey }>();

  constructor(client: KubeClient, reads: PermittedReads, snapshot: Snapshot, signal: AbortSignal) {
    this.#client = client;
    this.reads = reads;
    this.snapshot = snapshot;
    this.#signal = signal;
  }

  /** What the controller of an object is handed. */
  contextOf(object: KubeObject): Context {
    return {
      cache: this.snapshot,
      live: {
        get: (type, key) => this.#read(type, key, object),
        list: (type, namespace) => Promise.resolve(this.snapshot.list(type, namespace)),
      },
      apply: (child) => Promise.resolve(this.write(child)),
      remove: (type, key) => {
        this.remove(type, key);
        return Promise.resolve();
      },
      raw: (path) => this.#client.getRaw(path, { signal: this.#signal }),
      log: silentLogger,
      signal: this.#signal,
      now: () => Date.now(),
    };
  }

  /** Takes in what the cluster has. */
  take({ whole, metadataOnly }: ReadObjects): void {
    for (const object of [...metadataOnly, ...whole]) this.snapshot.put(object);
    for (const object of whole) this.live.set(objectId(object, keyOf(object)), object);
  }

  /** Takes an object of ours in as if it had been applied: with the identity and the status that it has, or new ones. */
  declare(object: CustomObject<unknown>): void {
    const id = objectId(object, keyOf(object));
    const live = this.live.get(id) as CustomObject<unknown> | undefined;
    const before = live?.metadata ?? identityOf(id);
    const metadata = {
      ...before,
      ...object.metadata,
      labels: { ...live?.metadata.labels, ...object.metadata.labels },
      annotations: { ...live?.metadata.annotations, ...object.metadata.annotations },
    };
    const status = live?.status === undefined ? {} : { status: live.status };
    this.snapshot.put({ ...object, ...status, metadata });
  }

  /** Rehearses a server-side apply: what is there and not said stays. Returns the object as it would be. */
  write(object: AnyObject): AnyObject {
    const id = objectId(object, keyOf(object));
    const before = (this.#written.get(id) ?? this.live.get(id)) as AnyObject | undefined;
    const after =
      before === undefined
        ? { ...object, metadata: { ...identityOf(id), ...object.metadata } }
        : merged(before, object);
    this.#written.set(id, after);
    this.#removed.delete(id);
    this.snapshot.put(after);
    return after;
  }

  remove(type: ResourceType, key: ObjectKey): void {
    const id = objectId(type, key);
    this.#written.delete(id);
    this.#removed.set(id, { type, key });
    this.snapshot.remove(type, key);
  }

  /** Ids of what was removed. */
  get removed(): ReadonlyMap<string, { type: ResourceType; key: ObjectKey }> {
    return this.#removed;
  }

  /** Objects that were written, as they would be. */
  get written(): ReadonlyMap<string, AnyObject> {
    return this.#written;
  }

  async #read<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    reader: KubeObject,
  ): Promise<T | undefined> {
    const id = objectId(type, key);
    if (this.#removed.has(id)) return undefined;
    const isKnown = this.#written.has(id) || this.live.has(id);
    if (!isKnown) this.live.set(id, await this.reads.get(type, key));
    if (this.reads.isHidden(id) && isAuthority(type, key) && this.#hasCertificate(reader))
      return unreadableAuthority(key) as T;
    return (this.#written.get(id) ?? this.live.get(id)) as T | undefined;
  }

  #hasCertificate({ kind, metadata: { namespace = '', name } }: KubeObject): boolean {
    const isService = kind === healthcareServices.kind;
    const key = { namespace, name: isService ? identitySecretName(name) : certificateSecretName(name) };
    return this.live.get(objectId({ apiVersion: 'v1', kind: 'Secret' }, key)) !== undefined;
  }
}

/** What the API server would give an object of its own. */
function identityOf(id: string): Partial<ObjectMeta> {
  const creationTimestamp = new Date().toISOString();
  return { uid: `planned ${id}`, resourceVersion: '1', generation: 1, creationTimestamp };
}

function merged(before: AnyObject, object: AnyObject): AnyObject {
  const metadata = { ...before.metadata, ...object.metadata };
  const { data } = object;
  // Of a Secret only the keys that are applied are replaced.
  const kept =
    typeof data === 'object' ? { data: { ...(before['data'] as object | undefined), ...data } } : {};
  return { ...before, ...object, ...kept, metadata };
}
