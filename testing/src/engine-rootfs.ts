import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('../../cluster/embedded/engine-rootfs.sh', import.meta.url));
/** A cold build of a root file system takes a minute or two. */
const BUILD_TIMEOUT_MS = 600_000;

export type Engine = 'mongodb' | 'prometheus' | 'rabbitmq' | 'redis';

/**
 * The root file system of the very image that the embedded cluster runs for this engine.
 * `CAREPLANE_ENGINE_ROOTFS` names another folder that holds all engines. Throws with the script's words when it fails.
 */
export async function engineRootfs(engine: Engine): Promise<string> {
  const override = process.env['CAREPLANE_ENGINE_ROOTFS'];
  if (override !== undefined && override !== '') return override;
  const { stdout } = await promisify(execFile)(SCRIPT, [engine], { timeout: BUILD_TIMEOUT_MS });
  const path = stdout.trim().split('\n').at(-1) ?? '';
  if (path === '') throw new Error(`${SCRIPT} ${engine} printed no path`);
  return path;
}
