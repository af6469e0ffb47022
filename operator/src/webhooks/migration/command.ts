import { GROUP } from '../../api/group.ts';
import { kinds } from '../../api/kinds.ts';
import type { Settings } from '../../config.ts';
import { KubeClient } from '../../runtime/client/client.ts';
import { commandClock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/controller.ts';
import { inClusterCredentials, kubeconfigCredentials } from '../../runtime/client/credentials.ts';
import { Transport } from '../../runtime/client/transport.ts';
import { migrateStorage } from './migrate-storage.ts';

/** `careplane-operator migrate-storage`: all objects to the storage version of their CRD. @throws MigrationIncomplete */
export async function migrateStorageCommand(
  { kubeconfig }: Pick<Settings, 'kubeconfig'>,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const clock = commandClock;
  const random = Math.random;
  const credentials =
    kubeconfig === undefined
      ? await inClusterCredentials({ clock, env: process.env })
      : await kubeconfigCredentials(kubeconfig, clock);
  const transport = new Transport({ credentials, clock, random, userAgent: 'careplane-migration/0.1.0' });
  const client = new KubeClient(transport);
  try {
    for (const { plural } of kinds) {
      const name = `${plural}.${GROUP}`;
      const count = await migrateStorage(name, { client, clock, random, log, signal });
      log.info('storage is up to date', { name, moved: count });
    }
  } finally {
    await transport.close();
  }
}
