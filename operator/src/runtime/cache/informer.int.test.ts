import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  startApiServer,
  startTcpProxy,
  until,
  type RunningApiServer,
  type TcpProxy,
} from '@careplane/testing';
import { KubeClient } from '../client/client.ts';
import { systemClock } from '../clock.ts';
import { kubeconfigCredentials } from '../client/credentials.ts';
import { configMaps, secrets } from '../fixtures/clinic.ts';
import { Informers } from './informers.ts';
import type { AnyObject } from '../kube.ts';
import { silentLogger } from '../telemetry/log.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { Change } from './store.ts';
import { Transport } from '../client/transport.ts';

jest.setTimeout(120_000);

const SELECTOR = 'suite=informer';

let server: RunningApiServer;
let stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = await startApiServer();
  for (const name of ['north', 'south'])
    await server.api.demand('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    });
}, 120_000);

afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  stops = [];
  for (const namespace of ['north', 'south'])
    for (const plural of ['configmaps', 'secrets'])
      await server.api.demand(
        'DELETE',
        `/api/v1/namespaces/${namespace}/${plural}?labelSelector=${SELECTOR}`,
      );
});

afterAll(async () => {
  await server.stop();
});

interface Followed {
  informers: Informers;
  metrics: Metrics;
  changes: Change[];
  restarts(reason: string): Promise<number>;
}

async function follow(
  options: { url?: string; silenceLimitMs?: number; secrets?: boolean } = {},
): Promise<Followed> {
  const path = await server.kubeconfigFor('informer', options.url === undefined ? {} : { url: options.url });
  const credentials = await kubeconfigCredentials(path, systemClock);
  const transport = new Transport({
    credentials,
    clock: systemClock,
    random: Math.random,
    userAgent: 'informer',
  });
  const metrics = new Metrics();
  const informers = new Informers(
    {
      client: new KubeClient(transport),
      clock: systemClock,
      random: Math.random,
      metrics,
      log: silentLogger,
      silenceLimitMs: options.silenceLimitMs ?? 60_000,
      relistMs: 600_000,
    },
    ['north', 'south'],
  );
  const changes: Change[] = [];
  informers.follow({ type: configMaps, labelSelector: SELECTOR }, (change) => changes.push(change));
  if (options.secrets === true)
    informers.follow({ type: secrets, labelSelector: SELECTOR, metadataOnly: true });
  informers.start();
  stops.push(async () => {
    await informers.stop();
    await transport.close();
  });
  await until(() => Promise.resolve(informers.unsynced().length === 0), { what: 'the first lists' });
  const restarts = async (reason: string): Promise<number> => {
    const { values } = await metrics.watchRestarts.get();
    return values.filter(({ labels }) => labels.reason === reason).reduce((sum, { value }) => sum + value, 0);
  };
  return { informers, metrics, changes, restarts };
}

function write(name: string, value = 'x', namespace = 'north'): Promise<unknown> {
  return server.api.apply(`/api/v1/namespaces/${namespace}/configmaps/${name}`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { suite: 'informer', 'careplane.dev/owner': value } },
    data: { value },
  });
}

/** Within as long as a watch may rest that has failed for the whole restart of an API server on a busy machine. */
function sees({ informers }: Followed, name: string, value: string, namespace = 'north'): Promise<unknown> {
  return until(
    () => {
      const object = informers.get(configMaps, { namespace, name }) as AnyObject | undefined;
      return Promise.resolve((object?.['data'] as Record<string, string> | undefined)?.['value'] === value);
    },
    { what: `${name}=${value} in the cache`, deadlineMs: 60_000 },
  );
}

async function throughProxy(): Promise<{ proxy: TcpProxy; url: string }> {
  const proxy = await startTcpProxy(server.port);
  stops.push(() => proxy.stop());
  return { proxy, url: `https://127.0.0.1:${proxy.port}` };
}

describe('an informer', () => {
  it('lists more than one page in every namespace and finds by label, without managedFields', async () => {
    const names = Array.from({ length: 520 }, (_, index) => `page-${index}`);
    for (let from = 0; from < names.length; from += 40)
      await Promise.all(names.slice(from, from + 40).map((name, index) => write(name, `owner-${index}`)));
    await write('other', 'owner-1', 'south');
    const { informers } = await follow();
    expect(informers.list(configMaps)).toHaveLength(521);
    expect(informers.list(configMaps, 'south')).toHaveLength(1);
    expect(informers.list(configMaps, 'north', { 'careplane.dev/owner': 'owner-1' })).toHaveLength(13);
    const { metadata, apiVersion, kind } = informers.list(configMaps)[0] as AnyObject;
    expect({ apiVersion, kind }).toEqual({ apiVersion: 'v1', kind: 'ConfigMap' });
    expect(metadata.managedFields).toBeUndefined();
  });

  it('goes on over a restart of the API server and sees what was written and deleted meanwhile', async () => {
    await write('stays');
    await write('goes');
    const followed = await follow();
    await server.restart();
    await write('stays', 'new');
    await server.api.demand('DELETE', '/api/v1/namespaces/north/configmaps/goes');
    await sees(followed, 'stays', 'new');
    await until(
      () => Promise.resolve(!followed.informers.get(configMaps, { namespace: 'north', name: 'goes' })),
      {
        what: 'the deletion in the cache',
      },
    );
    expect(followed.changes.map(({ type, object }) => `${type} ${object.metadata.name}`)).toContain(
      'deleted goes',
    );
  });

  it('lists again when the history it would resume from is gone (410)', async () => {
    const { proxy, url } = await throughProxy();
    await write('kept');
    const followed = await follow({ url });
    proxy.freeze();
    // What is written while it hears nothing, in a history that is then forgotten, by a server that is new.
    for (let round = 0; round < 5; round++) await write('kept', `round-${round}`);
    await server.compact();
    await server.restart();
    for (let round = 5; round < 10; round++) await write('kept', `round-${round}`);
    proxy.thaw();
    proxy.cut();
    await sees(followed, 'kept', 'round-9');
    expect(await followed.restarts('expired')).toBeGreaterThanOrEqual(1);
  });

  it('gives up a watch that went silent, lists again, and shows the silence', async () => {
    const { proxy, url } = await throughProxy();
    await write('quiet');
    const followed = await follow({ url, silenceLimitMs: 1_500 });
    proxy.freeze();
    await write('quiet', 'changed');
    await until(async () => (await followed.restarts('silent')) > 0, {
      what: 'the silent watch to be given up',
    });
    expect(followed.informers.silences().get('ConfigMap')).toBeGreaterThanOrEqual(1_500);
    proxy.thaw();
    proxy.cut();
    await sees(followed, 'quiet', 'changed');
    const silence = (): number => followed.informers.silences().get('ConfigMap') ?? Infinity;
    await until(() => Promise.resolve(silence() < 1_500), { what: 'every namespace to be heard again' });
  });

  it('keeps only metadata of Secrets', async () => {
    await server.api.apply('/api/v1/namespaces/north/secrets/hidden', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'hidden', labels: { suite: 'informer' } },
      data: { password: 'c2VjcmV0' },
    });
    const { informers } = await follow({ secrets: true });
    const cached = informers.get(secrets, { namespace: 'north', name: 'hidden' });
    expect(cached?.kind).toBe('Secret');
    expect(JSON.stringify(cached)).not.toContain('c2VjcmV0');
  });
});
