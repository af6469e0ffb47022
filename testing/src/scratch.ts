import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'careplane-engine-';

/**
 * A new folder for one engine's data. Its name carries this process's id, so that folders of test runs that
 * were killed can be told apart and are removed here.
 */
export async function makeScratch(): Promise<string> {
  await sweepScratch();
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  await mkdir(join(folder, 'data'), { mode: 0o777 });
  return folder;
}

async function sweepScratch(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = /^careplane-engine-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
