import { join } from 'node:path';
import { readSettings } from '../../operator/src/config.ts';
import { controllers } from '../../operator/src/controllers/index.ts';
import type { AnyController } from '../../operator/src/runtime/controller.ts';
import { ROOT } from '../lib/cache.ts';

/** The operator's controllers with the settings of the soak's operators, only for plans. */
export function soakControllers(): AnyController[] {
  // Without a grace, which plans would need to know the Secrets for.
  const flags = [
    '--lease-namespace=default',
    '--removal-grace-seconds=0',
    `--observability-dir=${join(ROOT, 'observability')}`,
  ];
  return controllers(readSettings(flags, {}));
}
