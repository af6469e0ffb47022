import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  installCrd,
  startApiServer,
  startTcpProxy,
  until,
  type RunningApiServer,
  type TcpProxy,
} from '@careplane/testing';
import { clinicController, clinicDefinition } from './fixtures/clinic.ts';
import { silentLogger } from './telemetry/log.ts';
import { startManager, type Manager } from './manager.ts';

jest.setTimeout(60_000);

const SILENCE_LIMIT_MS = 3_000;

let server: RunningApiServer;
let proxy: TcpProxy;
let manager: Manager;

beforeAll(async () => {
  server = await startApiServer();
  await installCrd(server.api, clinicDefinition);
  proxy = await startTcpProxy(server.port);
  manager = await startManager({
    kubeconfig: await server.kubeconfigFor('silence', { url: `https://127.0.0.1:${proxy.port}` }),
    controllers: [clinicController()],
    lease: { namespace: 'default', name: 'silence' },
    identity: 'silence',
    log: silentLogger,
    silenceLimitMs: SILENCE_LIMIT_MS,
    health: { host: '127.0.0.1', port: 0 },
  });
}, 120_000);

afterAll(async () => {
  await manager.stop();
  await proxy.stop();
  await server.stop();
});

function get(path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${manager.healthPort}${path}`);
}

/** `careplane_watch_silence_seconds` of Clinics, as Prometheus reads it. */
async function silenceSeconds(): Promise<number> {
  const text = await (await get('/metrics')).text();
  return Number(/^careplane_watch_silence_seconds\{kind="Clinic"\} (.*)$/m.exec(text)?.[1]);
}

function readiness(status: number): Promise<unknown> {
  return until(async () => (await get('/readyz')).status === status, { what: `/readyz to be ${status}` });
}

describe('an operator that hears nothing', () => {
  it('shows the silence, stays ready to serve webhooks, and hears again with the connection', async () => {
    await readiness(200);
    const limit = (2 * SILENCE_LIMIT_MS) / 1_000;
    // A replica may be ready before it watches.
    await until(async () => (await silenceSeconds()) < limit, { what: 'the watch to be heard' });
    proxy.freeze();
    await until(async () => (await silenceSeconds()) > limit, { what: 'the silence to show' });
    expect(manager.failing()).toEqual([]);
    expect([(await get('/readyz')).status, (await get('/livez')).status]).toEqual([200, 200]);
    proxy.thaw();
    proxy.cut();
    await until(async () => (await silenceSeconds()) < limit, { what: 'the silence to end' });
  });
});
