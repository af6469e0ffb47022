import { beforeAll, describe, expect, it } from '@jest/globals';
import { NAMESPACE, clinicReady, command, eventually, gateway, kubectl } from './src/cluster.ts';
import { connectOnce } from './src/steady-load.ts';

const careplane = (...args: string[]): Promise<string> => command('careplane', args);

describe('the program careplane', () => {
  beforeAll(async () => {
    await clinicReady();
  }, 300_000);

  it('reports everything Ready, as a command and as a plugin of kubectl', async () => {
    // The command exits with 1, and so rejects, when a resource is not Ready.
    await eventually('everything to be Ready', () => careplane('status', '-A', '--exit-code'));
    expect(await kubectl('careplane', 'status', '-n', NAMESPACE)).toMatch(
      /^HealthcareService +gateway +True/m,
    );
  }, 180_000);

  it('completes in a shell and in kubectl, with services of the cluster', async () => {
    const words = ['logs', '-n', NAMESPACE, 'gate'];
    for (const text of [
      await careplane('__complete', ...words),
      await kubectl('__complete', 'careplane', ...words),
    ])
      expect(text).toMatch(/^gateway$/m);
  }, 60_000);

  it("plans no change of the deployed objects, as the cluster's operator would", async () => {
    // Scaling continues meanwhile: a plan may read a policy and its Deployment at different times.
    await eventually('a plan without changes', async () => {
      const text = await careplane('plan', '-f', 'examples/clinic/20-services.yaml', '-o', 'json');
      const { changes } = JSON.parse(text) as { changes: object[] };
      if (changes.length > 0) throw new Error(JSON.stringify(changes));
      return true;
    });
  }, 180_000);

  it('draws the clinic', async () => {
    const text = await careplane('graph', '-n', NAMESPACE);
    expect(text).toMatch(/calls +mail-sink {2}smtp:1025/);
    expect(text).not.toContain('dangling');
  }, 180_000);

  it('shows the logs of all pods of a service in the order of time', async () => {
    const text = await careplane('logs', 'gateway', '-n', NAMESPACE, '-o', 'json', '--tail', '50');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { time: string; pod: string });
    expect(new Set(lines.map(({ pod }) => pod)).size).toBeGreaterThan(1);
    const times = lines.map(({ time }) => Date.parse(time));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  }, 180_000);

  it('shows the resource usage and the latency of the services', async () => {
    const { url, ca } = await gateway();
    const connection = connectOnce({ url, ca });
    await eventually('figures of the gateway', async () => {
      // Without requests there is no rate.
      await connection.send({ method: 'GET', path: '/.well-known/jwks.json' });
      const rows = JSON.parse(await careplane('top', '-n', NAMESPACE, '-o', 'json')) as {
        name: string;
        memory?: number;
        rate?: number;
      }[];
      const row = rows.find(({ name }) => name === 'gateway');
      return (row?.memory ?? 0) > 0 && (row?.rate ?? 0) > 0 ? true : undefined;
    }).finally(() => connection.close());
  }, 180_000);
});
