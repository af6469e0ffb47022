import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@careplane/testing';
import { afterEach, expect, it } from '@jest/globals';
import { readSettings } from '../config.ts';
import { Informers } from '../runtime/cache/informers.ts';
import { KubeClient } from '../runtime/client/client.ts';
import { Transport } from '../runtime/client/transport.ts';
import { systemClock } from '../runtime/clock.ts';
import { silentLogger } from '../runtime/telemetry/log.ts';
import { Metrics } from '../runtime/telemetry/metrics.ts';
import { addEventHandlers } from '../runtime/event-handlers.ts';
import { controllers } from './index.ts';

interface Asked {
  selector: string;
  accept: string;
  isWatch: boolean;
}

let server: Server;
let informers: Informers;
let transport: Transport;
const asked: Asked[] = [];

/** An API server where nothing is there of any kind, that notes how it is asked for Secrets. */
async function emptyCluster(): Promise<string> {
  server = createServer(({ url = '/', headers }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://cluster');
    const isWatch = searchParams.get('watch') === 'true';
    if (pathname.endsWith('/secrets'))
      asked.push({
        selector: searchParams.get('labelSelector') ?? '',
        accept: String(headers.accept),
        isWatch,
      });
    response.writeHead(200, { 'content-type': 'application/json' });
    if (isWatch) response.flushHeaders();
    else response.end(JSON.stringify({ kind: 'List', metadata: { resourceVersion: '1' }, items: [] }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(async () => {
  await informers.stop();
  await transport.close();
  server.closeAllConnections();
  server.close();
});

it('a Secret without a label of ours is never asked for, nor the content of any, by all controllers together', async () => {
  const credentials = {
    server: await emptyCluster(),
    tls: {},
    authorization: () => Promise.resolve(undefined),
    renew: () => undefined,
  };
  const shared = { clock: systemClock, random: Math.random, log: silentLogger, metrics: new Metrics() };
  transport = new Transport({ ...shared, credentials, userAgent: 'test' });
  const client = new KubeClient(transport);
  informers = new Informers({ ...shared, client, silenceLimitMs: 60_000, relistMs: 600_000 }, []);
  const all = controllers(readSettings([], {}));
  addEventHandlers(all, informers, () => undefined);
  informers.start();
  const isWatched = (): boolean => informers.unsynced().length === 0 && asked.some(({ isWatch }) => isWatch);
  await until(() => Promise.resolve(isWatched()), { what: 'everything to be followed', everyMs: 5 });
  expect(asked.filter(({ selector }) => !selector.startsWith('careplane.dev/'))).toEqual([]);
  const isMetadata = (encoding: string): boolean => encoding.includes('as=PartialObjectMetadata');
  expect(asked.filter(({ accept }) => !accept.split(',').every(isMetadata))).toEqual([]);
});
