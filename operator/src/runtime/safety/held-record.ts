import type { KubeClient } from '../client/client.ts';
import { pause, type Clock } from '../clock.ts';
import type { Logger } from '../controller.ts';
import { describe, isStatus } from '../errors.ts';
import type { KubeObject, ResourceType } from '../kube.ts';
import {
  changeRecord,
  failedChange,
  partObject,
  readPart,
  recordNames,
  type RecordPart,
} from './record-parts.ts';

const configMaps: ResourceType = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

const RETRY_MS = 2_000;

export interface HeldRecordOptions {
  /** For reading; writes come with the leader's own, which is fenced. */
  client: KubeClient;
  clock: Clock;
  log: Logger;
  lease: { namespace: string; name: string };
}

/**
 * The held deletions in the cluster, so that a restart does not forget them: ConfigMaps beside the Lease
 * (`record-parts.ts`). Everybody reads them before judging anything, the leader writes them.
 */
export class HeldRecord {
  readonly #options: HeldRecordOptions;
  readonly #names: readonly string[];
  /** As they were last read or written. */
  #parts: readonly RecordPart[] = [];

  constructor(options: HeldRecordOptions) {
    this.#options = options;
    this.#names = recordNames(options.lease.name);
    options.client.discovery.learn([configMaps]);
  }

  /**
   * What is recorded. What cannot be read of it is logged and left out; an API server that does not answer is asked
   * again. `undefined`: aborted before it was read.
   */
  async read(signal: AbortSignal): Promise<KubeObject[] | undefined> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      try {
        return await this.#readAll(signal);
      } catch (error) {
        if (isStatus(error, 403)) {
          log.error('the record of held deletions cannot be read: a restart forgets them', {
            needs: `get, create, patch and delete of configmaps ${this.#names.at(0) ?? ''} and following`,
            error: describe(error),
          });
          return [];
        }
        log.warn('the record of held deletions cannot be read yet', { error: describe(error) });
        await pause(clock, RETRY_MS, signal);
      }
    }
    return undefined;
  }

  /** Has the record hold exactly these; resolves to how many found no room. Writes only what differs. */
  async write(client: KubeClient, held: readonly KubeObject[], signal: AbortSignal): Promise<number> {
    const change = changeRecord(this.#parts, held);
    const { parts, writes, removals, unrecorded } = change;
    this.#parts = failedChange(change);
    for (const index of writes) {
      const part = parts[index];
      if (part !== undefined) await client.apply(partObject(this.#key(index), part), { signal });
    }
    for (const index of removals) await client.remove(configMaps, this.#key(index), { signal });
    this.#parts = parts;
    return unrecorded;
  }

  async #readAll(signal: AbortSignal): Promise<KubeObject[]> {
    const { client, log } = this.#options;
    const parts: RecordPart[] = [];
    const objects = new Map<string, KubeObject>();
    for (const [index, name] of this.#names.entries()) {
      const found = await client.get(configMaps, this.#key(index), { signal });
      if (found === undefined) break;
      const { part, objects: recorded, faults } = readPart(found);
      for (const { entry, fault } of faults)
        log.error('a held deletion cannot be read from its record, and is held no more', {
          configmap: name,
          entry,
          fault,
          todo: 'if the deletion was not meant, apply the objects again; then delete the entry',
        });
      parts.push(part);
      for (const object of recorded) objects.set(object.metadata.uid ?? '', object);
    }
    this.#parts = parts;
    return [...objects.values()];
  }

  #key(index: number): { namespace: string; name: string } {
    return { namespace: this.#options.lease.namespace, name: this.#names[index] ?? '' };
  }
}
