import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { engineRootfs, until } from '@careplane/testing';
import { DATA_MOUNT, REFUSAL } from '../engines/data-volume.ts';
import { createAuthority, type KeyPair } from '../pki/certificate.ts';
import { childrenOf, ENGINES, type EngineName } from './fixtures/engine-plans.ts';
import { IMAGE_VOLUMES } from './fixtures/image-volumes.ts';
import { runPod, type RunningPod } from './fixtures/run-pod.ts';

// Engines start slowly on a busy machine of two cores.
jest.setTimeout(180_000);

/** What each engine has made on the claim once it runs. */
const MADE: Readonly<Record<EngineName, string>> = {
  mongodb: 'db/WiredTiger',
  redis: 'appendonlydir',
  rabbitmq: 'mnesia/rabbit@engine-0.engine-nodes.clinic.svc.cluster.local/coordination',
  prometheus: 'wal',
};

let pair: KeyPair;
let pod: RunningPod | undefined;

beforeAll(async () => {
  pair = await createAuthority('test', Date.now());
});

afterEach(async () => {
  await pod?.stop();
  pod = undefined;
});

async function run(engine: EngineName, imageVolumes: readonly string[]): Promise<RunningPod> {
  const rootfs = await engineRootfs(engine);
  pod = await runPod({ children: childrenOf(engine, pair), rootfs, imageVolumes, ca: pair.certificate });
  return pod;
}

it.each(ENGINES)(
  'a real %s writes to the claim, though its image declares volumes of its own',
  async (engine) => {
    const { claim, isEnded, ended } = await run(engine, IMAGE_VOLUMES[engine]);
    await until(() => Promise.resolve(existsSync(join(claim, MADE[engine])) || isEnded()), {
      what: `${MADE[engine]} on the claim`,
      deadlineMs: 120_000,
    });
    expect(isEnded() ? await ended : 'running').toBe('running');
  },
);

// The pod's own mount wins over a volume of the image at the same path: only what lies below the mount can be covered.
it.each([
  ['mongodb', 'db'],
  ['rabbitmq', 'mnesia'],
] as const)('a %s whose image covers its data does not start, and says so', async (engine, folder) => {
  const { claim, ended } = await run(engine, [`${DATA_MOUNT}/${folder}`]);
  const { code, message } = await ended;
  expect({ code, message }).toEqual({ code: 1, message: expect.stringContaining(REFUSAL) as unknown });
  expect(await readdir(join(claim, folder))).toEqual([]);
});
