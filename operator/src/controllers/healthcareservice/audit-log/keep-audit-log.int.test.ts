import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { encodeVerifierKey, generateSigningKey, parseTilePath } from '@careplane/tlog';
import { startApiServer, type RunningApiServer } from '@careplane/testing';
import type { HealthcareServiceSpec } from '../../../api/healthcareservice.ts';
import type { Pod } from '../../../k8s/types.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { KubeClient } from '../../../runtime/client/client.ts';
import { kubeconfigCredentials } from '../../../runtime/client/credentials.ts';
import { Transport } from '../../../runtime/client/transport.ts';
import type { Context, Outcome } from '../../../runtime/controller.ts';
import { ManualClock } from '../../../runtime/fixtures/manual-clock.ts';
import { contextOf } from '../../../runtime/reconcile/context.ts';
import { silentLogger } from '../../../runtime/telemetry/log.ts';
import { aService } from '../fixtures/objects.ts';
import { logKey, TestLog, witnessKey } from './fixtures/test-log.ts';
import { AuditLogs } from './keep-audit-log.ts';

jest.setTimeout(60_000);

const OWN = '/api/v1/namespaces/default/configmaps';
const MINUTE = 60_000;
let server: RunningApiServer;
let transport: Transport;
let client: KubeClient;
let pod: Server;
/** What the pod publishes. */
let published: { log: TestLog; text: string; keys: string } | undefined;
const logged: unknown[] = [];

beforeAll(async () => {
  server = await startApiServer();
  const credentials = await kubeconfigCredentials(server.kubeconfigPath, systemClock);
  transport = new Transport({ credentials, clock: systemClock, random: Math.random, userAgent: 'test' });
  client = new KubeClient(transport);
  pod = createServer((req, res) => {
    const path = (req.url ?? '').replace('/audit-log/', '');
    if (published === undefined) res.writeHead(503).end();
    else if (path === 'checkpoint') res.end(published.text);
    else if (path === 'vkeys') res.end(published.keys);
    else
      published.log.readTile(parseTilePath(path) as Parameters<TestLog['readTile']>[0]).then(
        (bytes) => res.end(bytes),
        () => res.writeHead(404).end(),
      );
  }).listen(0, '127.0.0.1');
  await once(pod, 'listening');
});
afterEach(() => {
  logged.length = 0;
});
afterAll(async () => {
  pod.closeAllConnections();
  pod.close();
  await transport.close();
  await server.stop();
});

function publish(log: TestLog, text = log.checkpoint(), keys = [logKey, witnessKey]): void {
  const lines = keys.map(({ verifier }) => `${encodeVerifierKey(verifier)}\n`);
  published = { log, text, keys: lines.join('') };
}

/** An operator with a clock that is turned by hand, and the service whose log it keeps. */
function keeping(
  name: string,
  { spec = { auditLog: {} }, isUp = true }: { spec?: Partial<HealthcareServiceSpec>; isUp?: boolean } = {},
): { clock: ManualClock; keep: (logs?: AuditLogs) => Promise<Outcome> } {
  const clock = new ManualClock();
  const ready: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'clinic' },
    status: { podIP: '127.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
  };
  const context = contextOf({
    client,
    cache: { list: () => (isUp ? [ready] : []) } as unknown as Context['cache'],
    clock,
    signal: new AbortController().signal,
    log: { ...silentLogger, info: (_message, fields) => void logged.push(fields) },
  });
  const { port } = pod.address() as AddressInfo;
  const own = new AuditLogs({ operatorNamespace: 'default', port });
  const service = aService(name, spec);
  return { clock, keep: (logs = own) => logs.keep(service, context) };
}

const reasonOf = ({ conditions = [] }: Outcome): string | undefined => conditions[0]?.reason;

async function keptOf(name: string): Promise<Record<string, string> | undefined> {
  const { body } = await server.api.request('GET', `${OWN}/careplane-audit-log.clinic.${name}`);
  return (body as { data?: Record<string, string> }).data;
}

it('keeps what is published, at most once a minute, in a ConfigMap and in the log', async () => {
  const { clock, keep } = keeping('steady');
  publish(new TestLog(5));
  expect(await keep()).toMatchObject({ requeueAfterMs: MINUTE });
  const first = new TestLog(5).checkpoint();
  expect(await keptOf('steady')).toMatchObject({ 'checkpoint-00': first });
  expect(logged).toEqual([{ namespace: 'clinic', name: 'steady', checkpoint: first }]);
  publish(new TestLog(400));
  await clock.advance(MINUTE - 1);
  expect(reasonOf(await keep())).toBe('Kept');
  expect(logged).toHaveLength(1);
  await clock.advance(1);
  await keep();
  expect(await keptOf('steady')).toMatchObject({
    'checkpoint-00': new TestLog(400).checkpoint(),
    'checkpoint-01': first,
    keys: [logKey, witnessKey].map(({ verifier }) => `${encodeVerifierKey(verifier)}\n`).join(''),
  });
});

it('keeps no fork, says so once a look, and goes on when the log is what it was', async () => {
  const { clock, keep } = keeping('forked');
  publish(new TestLog(300));
  await keep();
  await clock.advance(MINUTE);
  publish(new TestLog(400, 100));
  const outcome = await keep();
  expect(reasonOf(outcome)).toBe('Forked');
  expect(outcome.events).toMatchObject([{ type: 'Warning', reason: 'Forked' }]);
  await clock.advance(MINUTE);
  publish(new TestLog(200));
  expect(reasonOf(await keep())).toBe('Shortened');
  expect(await keptOf('forked')).toMatchObject({ 'checkpoint-00': new TestLog(300).checkpoint() });
  await clock.advance(MINUTE);
  publish(new TestLog(301));
  expect(reasonOf(await keep())).toBe('Kept');
});

it('remembers over a restart, and believes no other key than it has seen first or a person names', async () => {
  const { keep } = keeping('keys');
  publish(new TestLog(10));
  await keep();
  const forger = generateSigningKey(logKey.verifier.name, 'ed25519');
  const log = new TestLog(20);
  publish(log, log.checkpoint({ key: forger }), [forger, witnessKey]);
  expect(reasonOf(await keeping('keys').keep())).toBe('OtherKey');
  const keys = [forger, witnessKey].map(({ verifier }) => encodeVerifierKey(verifier));
  expect(reasonOf(await keeping('keys', { spec: { auditLog: { keys } } }).keep())).toBe('Kept');
});

it('writes nothing over what another operator has written meanwhile', async () => {
  publish(new TestLog(10));
  await keeping('raced').keep();
  publish(new TestLog(20));
  const read = client.get.bind(client);
  const spy = jest.spyOn(client, 'get').mockImplementationOnce(async (...asked) => {
    const found = await read(...asked);
    await server.api.demand('PATCH', `${OWN}/careplane-audit-log.clinic.raced`, {
      body: { metadata: { labels: { by: 'another' } } },
      contentType: 'application/merge-patch+json',
    });
    return found;
  });
  const { keep } = keeping('raced');
  const outcome = await keep();
  spy.mockRestore();
  expect(outcome.conditions).toMatchObject([{ reason: 'Unreadable' }]);
  expect(await keptOf('raced')).toMatchObject({ 'checkpoint-00': new TestLog(10).checkpoint() });
});

it('tries a log sooner that cannot be read: no pod, a pod in disorder, what is no key', async () => {
  const soon = { requeueAfterMs: 10_000 };
  expect(await keeping('away', { isUp: false }).keep()).toMatchObject(soon);
  published = undefined;
  const outcome = await keeping('away').keep();
  expect(outcome).toMatchObject({ ...soon, conditions: [{ reason: 'Unreadable' }] });
  const log = new TestLog(3);
  published = { log, text: log.checkpoint(), keys: 'no key\n' };
  expect(reasonOf(await keeping('away').keep())).toBe('Unreadable');
  expect(await keptOf('away')).toBeUndefined();
});

it('asks for nothing where no log is published', async () => {
  const asked = jest.spyOn(client, 'get');
  expect(await keeping('none', { spec: {} }).keep()).toEqual({});
  expect(asked).not.toHaveBeenCalled();
});
