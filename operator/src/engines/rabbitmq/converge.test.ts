import { describe, expect, it } from '@jest/globals';
import { convergeTopology, type TopologyReport } from './converge.ts';
import { observedOf } from './fixtures/observed-of.ts';
import { ManagementError, type ManagementClient } from './management.ts';
import type { Definitions } from './observed-topology.ts';
import { topologyOf } from './topology.ts';

const SERVICES = ['bad', 'good'].map((service) => ({
  service,
  publishes: [`${service}.made`],
  consumes: ['x.y'],
}));
const EMPTY = observedOf('clinic', topologyOf([]), new Map()).definitions;

interface Round {
  definitions?: Definitions;
  /** What a write to this path fails with. */
  fails?: (path: string) => Error | undefined;
  signal?: AbortSignal;
}

/** One round at a broker that fails as told: its report, and the writes that it took. */
async function round({ definitions = EMPTY, fails = () => undefined, signal }: Round): Promise<{
  report: TopologyReport;
  taken: string[];
}> {
  const taken: string[] = [];
  const write = (path: string): Promise<void> => {
    const error = fails(path);
    if (error !== undefined) return Promise.reject(error);
    taken.push(path);
    return Promise.resolve();
  };
  const get = (path: string): Promise<unknown> => Promise.resolve(path === '/definitions' ? definitions : []);
  const client = { get, put: write, post: write, remove: write, signal } as unknown as ManagementClient;
  const services = SERVICES.map(({ service }) => service);
  const report = await convergeTopology(client, {
    vhost: 'clinic',
    topology: topologyOf(SERVICES),
    passwords: new Map(services.map((service) => [service, `${service}-word`])),
    nodes: 1,
    administrator: 'admin',
    grace: { noted: [], wanted: services, now: 0, graceMs: 0 },
  });
  return { report, taken };
}

const refusal = (path: string, status: number): Error => new ManagementError('PUT', path, status, 'no');

describe('convergeTopology', () => {
  it.each(['users', 'queues'])(
    'serves the others when one of the %s is refused, and names it',
    async (kind) => {
      const fails = (path: string): Error | undefined =>
        new RegExp(`^/${kind}/(clinic/)?bad$`).test(path) ? refusal(path, 400) : undefined;
      const { report, taken } = await round({ fails });
      expect(report.refused).toEqual([
        { what: `${kind.slice(0, -1)} bad`, reason: expect.stringContaining('400 no') },
      ]);
      expect(taken).toEqual(expect.arrayContaining(['/queues/clinic/good', '/users/good']));
      expect(report.changes).toBe(taken.length);
    },
  );

  it('serves the others when one queue does not answer, and gives up when nothing does', async () => {
    const silence = new Error('headers timeout');
    const one = await round({ fails: (path) => (path === '/queues/clinic/bad' ? silence : undefined) });
    expect(one.report.refused).toEqual([{ what: 'queue bad', reason: 'headers timeout' }]);
    await expect(round({ fails: () => silence })).rejects.toThrow('headers timeout');
  });

  it('tries nothing more once the login is refused, or the Lease is lost', async () => {
    await expect(round({ fails: (path) => refusal(path, 401) })).rejects.toThrow('401');
    const signal = AbortSignal.abort(new Error('leadership was lost'));
    await expect(round({ fails: (path) => refusal(path, 400), signal })).rejects.toThrow(
      'leadership was lost',
    );
  });

  it('takes no user over that somebody else has made', async () => {
    const users = [{ name: 'bad', password_hash: '', tags: 'administrator' }];
    const { report, taken } = await round({ definitions: { ...EMPTY, users } });
    expect(report.refused).toEqual([expect.objectContaining({ what: 'user bad' })]);
    expect(
      taken.filter((path) => /^\/(users|permissions|topic-permissions)\/(clinic\/)?bad$/.test(path)),
    ).toEqual([]);
    expect(taken).toContain('/users/good');
  });
});
