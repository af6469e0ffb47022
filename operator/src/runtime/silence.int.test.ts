import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
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
const DEFINITION = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${clinicDefinition.metadata.name}`;

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

afterEach(() => {
  proxy.thaw();
});

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
  it('is not ready beyond twice the limit, shows the silence, and recovers with the connection', async () => {
    await readiness(200);
    expect(await silenceSeconds()).toBeLessThan((2 * SILENCE_LIMIT_MS) / 1_000);
    proxy.freeze();
    await readiness(503);
    // Each kind was last heard of at its own time.
    await until(
      async () => {
        const { failing } = (await (await get('/readyz')).json()) as { failing: string[] };
        return failing.some((reason) => /^nothing was heard about Clinic for \d+ s$/.test(reason));
      },
      { what: '/readyz to name Clinics' },
    );
    expect(await silenceSeconds()).toBeGreaterThan((2 * SILENCE_LIMIT_MS) / 1_000);
    expect((await get('/livez')).status).toBe(200);
    proxy.thaw();
    proxy.cut();
    await readiness(200);
    await until(async () => (await silenceSeconds()) < (2 * SILENCE_LIMIT_MS) / 1_000, {
      what: 'the silence to end',
    });
  });

  it('stays ready where it cannot hear: of a kind whose definition is gone', async () => {
    await readiness(200);
    await server.api.demand('DELETE', DEFINITION);
    await until(async () => (await silenceSeconds()) > (3 * SILENCE_LIMIT_MS) / 1_000, {
      what: 'Clinics to be silent for longer than /readyz would stand',
    });
    await readiness(200);
    expect(manager.failing()).toEqual([]);
  });
});
