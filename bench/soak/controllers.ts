import { join } from 'node:path';
import { readSettings } from '../../operator/src/config.ts';
import { controllers } from '../../operator/src/controllers/index.ts';
import type { AnyController } from '../../operator/src/runtime/controller.ts';
import { ROOT } from '../lib/cache.ts';

/** The operator's controllers with the settings of the soak's operators, only for plans. */
export function soakControllers(): AnyController[] {
  const flags = ['--lease-namespace=default', `--observability-dir=${join(ROOT, 'observability')}`];
  return controllers(readSettings(flags, {}));
}
