import { spawnService as spawn } from '@careplane/kit/testing';
import type { SpawnedService } from '@careplane/kit/testing';

/** This service as a process of its own. */
export function spawnService(env: NodeJS.ProcessEnv): Promise<SpawnedService> {
  return spawn(new URL('../src/main.ts', import.meta.url), env);
}
