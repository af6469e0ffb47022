import { backoffMs } from '../../runtime/backoff.ts';
import type { KubeClient, ListPage } from '../../runtime/client/client.ts';
import { pause, type Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/controller.ts';
import { describe, isStatus } from '../../runtime/errors.ts';
import { keyId, keyOf } from '../../runtime/keys.ts';
import type { KubeObject, ResourceType } from '../../runtime/kube.ts';
import { customResourceDefinitions, type CustomResourceDefinition } from '../../k8s/admission-types.ts';

export interface MigrationOptions {
  client: Pick<KubeClient, 'discovery' | 'get' | 'listPage' | 'mergePatch'>;
  clock: Clock;
  random: () => number;
  log: Logger;
  signal: AbortSignal;
  /** Objects in a second, so that a big clinic's API server does not notice. */
  perSecond?: number;
}

/** Objects could not be written; what is left of the migration is done by the next one. */
export class MigrationIncomplete extends Error {
  override readonly name = 'MigrationIncomplete';
}

const PER_SECOND = 50;
const PAGE = 100;
const ATTEMPTS = 6;
const CONFLICT_BACKOFF = { baseMs: 20, capMs: 1_000 };

/** Versions that objects of the kind may still be stored in, beside the one that is written today. */
export function outdatedVersions({ spec, status }: CustomResourceDefinition): string[] {
  return (status?.storedVersions ?? []).filter((version) => version !== storageVersion(spec));
}

/**
 * Has every object of a kind stored in the storage version by patches that change nothing, then takes the other versions out
 * of the CRD's `status.storedVersions`. Safe to repeat. (Kubernetes' own StorageVersionMigration is not there before 1.35.)
 * @returns how many objects were written or found to be right
 * @throws MigrationIncomplete naming the objects that could not be written
 */
export async function migrateStorage(name: string, options: MigrationOptions): Promise<number> {
  const { client, log, signal } = options;
  const definition = await client.get(customResourceDefinitions, { name }, { signal });
  if (definition === undefined || outdatedVersions(definition).length === 0) return 0;
  const storage = storageVersion(definition.spec);
  log.info('moves objects to the storage version', { name, storage, from: outdatedVersions(definition) });
  const count = await rewriteAll(servedType(definition), options);
  await trim(name, storage, options);
  log.info('all objects are in the storage version', { name, storage, count });
  return count;
}

function storageVersion({ versions }: CustomResourceDefinition['spec']): string {
  return versions.find(({ storage }) => storage)?.name ?? '';
}

/** Any version that is served reaches every object. */
function servedType({ spec }: CustomResourceDefinition): ResourceType {
  const version = spec.versions.find(({ served }) => served)?.name ?? '';
  const { kind, plural } = spec.names;
  return { apiVersion: `${spec.group}/${version}`, kind, plural, namespaced: true };
}

async function rewriteAll(type: ResourceType, options: MigrationOptions): Promise<number> {
  const { client, clock, log, signal, perSecond = PER_SECOND } = options;
  client.discovery.learn([type]);
  const failed: string[] = [];
  let count = 0;
  let token: string | undefined;
  do {
    const started = clock.monotonic();
    const page = await nextPage(type, token, options);
    for (const object of page.objects) {
      signal.throwIfAborted();
      const problem = await rewrite(type, object, options);
      if (problem === undefined) count++;
      else failed.push(`${keyId(keyOf(object))}: ${problem}`);
    }
    log.debug('moved a page', { kind: type.kind, count });
    token = page.continue;
    const dueMs = (page.objects.length / perSecond) * 1_000 - (clock.monotonic() - started);
    await pause(clock, Math.max(0, dueMs), signal);
  } while (token !== undefined);
  if (failed.length > 0)
    throw new MigrationIncomplete(
      `${failed.length} objects of ${type.kind} could not be written: ${failed.slice(0, 3).join('; ')}`,
    );
  return count;
}

/** A token expires with etcd's history. What then came to the pages before is new, so it has the storage version. */
async function nextPage(
  type: ResourceType,
  token: string | undefined,
  { client, signal }: MigrationOptions,
): Promise<ListPage> {
  const selection = { limit: PAGE, metadataOnly: true };
  try {
    return await client.listPage(type, { ...selection, continue: token }, { signal });
  } catch (error) {
    if (token === undefined || !isStatus(error, 410)) throw error;
    return client.listPage(type, { ...selection, continue: error.continue }, { signal });
  }
}

/** @returns why it could not be written. */
async function rewrite(
  { apiVersion, kind }: ResourceType,
  { metadata }: KubeObject,
  { client, clock, random, signal }: MigrationOptions,
): Promise<string | undefined> {
  const { name, namespace = '' } = metadata;
  for (let attempt = 1; ; attempt++)
    try {
      await client.mergePatch({ apiVersion, kind, metadata: { name, namespace } }, { signal });
      return undefined;
    } catch (error) {
      if (signal.aborted) throw error;
      if (isStatus(error, 404)) return undefined;
      if (!isStatus(error, 409) || attempt === ATTEMPTS) return describe(error);
      await pause(clock, backoffMs(attempt, CONFLICT_BACKOFF, random), signal);
    }
}

/** Only as long as the storage version is the one that everything was written in. */
async function trim(name: string, storage: string, { client, signal }: MigrationOptions): Promise<void> {
  const definition = await client.get(customResourceDefinitions, { name }, { signal });
  if (definition === undefined || storageVersion(definition.spec) !== storage)
    throw new MigrationIncomplete(`the storage version of ${name} changed during the migration`);
  const { apiVersion, kind } = customResourceDefinitions;
  const { resourceVersion } = definition.metadata;
  const metadata = resourceVersion === undefined ? { name } : { name, resourceVersion };
  await client.mergePatch(
    { apiVersion, kind, metadata, status: { storedVersions: [storage] } },
    { signal, subresource: 'status' },
  );
}
