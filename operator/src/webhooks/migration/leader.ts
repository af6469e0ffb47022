import { GROUP } from '../../api/group.ts';
import { kinds } from '../../api/kinds.ts';
import { pause } from '../../runtime/clock.ts';
import { describe } from '../../runtime/errors.ts';
import { customResourceDefinitions } from '../../k8s/admission-types.ts';
import { migrateStorage, outdatedVersions, type MigrationOptions } from './migrate-storage.ts';

/** Milliseconds between looks for a migration that is due. */
const BETWEEN_MS = 600_000;

/** Migrates what is due while it leads; says what is to be done when it sees only some namespaces. Never rejects. */
export async function migrateWhileLeading(
  options: MigrationOptions & { isEverywhere: boolean },
): Promise<void> {
  const { clock, signal } = options;
  while (!signal.aborted) {
    for (const { plural } of kinds) await migrateOne(`${plural}.${GROUP}`, options);
    await pause(clock, BETWEEN_MS, signal);
  }
}

async function migrateOne(
  name: string,
  options: MigrationOptions & { isEverywhere: boolean },
): Promise<void> {
  const { client, log, signal, isEverywhere } = options;
  try {
    if (isEverywhere) await migrateStorage(name, options);
    else {
      const definition = await client.get(customResourceDefinitions, { name }, { signal });
      const outdated = definition === undefined ? [] : outdatedVersions(definition);
      if (outdated.length > 0)
        log.warn('objects may be stored in an older version: run migrate-storage', { name, outdated });
    }
  } catch (error) {
    if (!signal.aborted) log.warn('a storage migration did not end', { name, error: describe(error) });
  }
}
