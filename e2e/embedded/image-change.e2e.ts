import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from '@careplane/demo';
import { clinicReady, eventually, gateway, kubectl, list, NAMESPACE } from '../src/cluster.ts';
import { containerd } from '../src/images.ts';
import { connectOnce, startSteadyLoad } from '../src/steady-load.ts';

/** The gateway forwards this path to identity. */
const PATH = '/.well-known/jwks.json';
const PER_SECOND = 8;
const ANSWERS = 20;

const image = (service: string, tag: string): string => `localhost/careplane/${service}:${tag}`;

async function setImage(service: string, tag: string): Promise<void> {
  const patch = JSON.stringify({ spec: { image: image(service, tag) } });
  await kubectl('patch', 'healthcareservice', service, '-n', NAMESPACE, '--type=merge', '-p', patch);
}

/**
 * Resolves when every pod of the service runs the image, and no pod with another image is left, not even terminating.
 */
async function allRun(service: string, tag: string): Promise<void> {
  await eventually(
    `${service} to run ${tag}`,
    async () => {
      const pods = await list('pods', '-n', NAMESPACE, '-l', `careplane.dev/service=${service}`);
      const images = pods.map(({ spec }) => (spec?.['containers'] as { image: string }[])[0]?.image);
      return images.length > 0 && images.every((one) => one === image(service, tag)) ? true : undefined;
    },
    240_000,
  );
  await clinicReady();
}

describe('another image', () => {
  let connection: Connection;

  beforeAll(async () => {
    await clinicReady();
    connection = connectOnce(await gateway());
  }, 300_000);

  afterAll(async () => {
    await connection.close();
    await clinicReady();
  }, 300_000);

  async function ask(): Promise<void> {
    const { status } = await connection.send({ method: 'GET', path: PATH });
    if (status !== 200) throw new Error(`answers ${status}`);
  }

  it.each(['gateway', 'identity'])(
    'of %s is rolled out and back without a failed request',
    async (service) => {
      await containerd('tag', '--force', image(service, '0.1.0'), image(service, 'other'));
      const load = startSteadyLoad(PER_SECOND, ask);
      try {
        for (const tag of ['other', '0.1.0']) {
          await setImage(service, tag);
          await allRun(service, tag);
        }
        const before = load.succeeded();
        await eventually('more to be answered', () =>
          Promise.resolve(load.succeeded() >= before + ANSWERS || load.failures().length > 0 || undefined),
        );
      } finally {
        await load.end();
        await setImage(service, '0.1.0');
      }
      expect(load.failures()).toEqual([]);
      await allRun(service, '0.1.0');
      await containerd('rm', image(service, 'other'));
    },
    900_000,
  );
});
