import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Connection } from '@careplane/demo';
import { NAMESPACE, clinicReady, eventually, gateway, kubectl } from './src/cluster.ts';
import { shownBy } from './src/shown-certificates.ts';
import { connectOnce, startSteadyLoad } from './src/steady-load.ts';

/** The kubelet updates a Secret in a running pod's volume within a minute or two. */
const PROPAGATION_MS = 240_000;
const SERVICES = [
  'gateway',
  'identity',
  'appointments',
  'audit',
  'witness',
  'records',
  'notifications',
  'mail-sink',
];
/** Those with an http port. */
const SERVERS = SERVICES.filter((name) => name !== 'notifications');
/** The gateway forwards this path to identity. */
const PATH = '/.well-known/jwks.json';
const PER_SECOND = 8;

const secretOf = (service: string): string[] => ['secret', `${service}.internal`, '-n', NAMESPACE];

async function inSecret(service: string): Promise<string> {
  const encoded = await kubectl('get', ...secretOf(service), '-o', 'jsonpath={.data.tls\\.crt}');
  return new X509Certificate(Buffer.from(encoded, 'base64')).fingerprint256;
}

/** Every pod of a service, and the restarts of its containers. */
async function lives(): Promise<string> {
  const path = '{range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{"\\n"}{end}';
  const selector = 'careplane.dev/service in (gateway, identity, mail-sink)';
  return await kubectl('get', 'pods', '-n', NAMESPACE, '-l', selector, '-o', `jsonpath=${path}`);
}

/** Asks mail-sink as the gateway, which declares no call to it; prints the status, or the error. */
const ASK_MAIL_SINK = `
  const { readFileSync } = require('node:fs');
  const file = (name) => readFileSync('/bindings/internal/' + name);
  const own = process.argv[1] === 'own' ? { cert: file('tls.crt'), key: file('tls.key') } : {};
  require('node:https').get('https://mail-sink.clinic.svc:8080/messages/count', { ca: file('ca.crt'), timeout: 5000, ...own }, (answer) => {
    console.log(answer.statusCode);
    process.exit();
  }).on('error', ({ code }) => { console.log(code); process.exit(); }).on('timeout', () => { console.log('timeout'); process.exit(); });`;

async function askMailSink(as: 'own' | 'nobody'): Promise<string> {
  const args = ['exec', '-n', NAMESPACE, 'deployment/gateway', '--', 'node', '-e', ASK_MAIL_SINK, as];
  return (await kubectl(...args)).trim();
}

async function enforcement(value: 'Shadow' | null): Promise<void> {
  const patch = JSON.stringify({ spec: { enforcement: value } });
  for (const name of ['gateway', 'mail-sink'])
    await kubectl('patch', 'healthcareservice', name, '-n', NAMESPACE, '--type=merge', '-p', patch);
}

describe('certificates of services', () => {
  let connection: Connection;

  beforeAll(async () => {
    await clinicReady();
    connection = connectOnce(await gateway());
  }, 300_000);

  afterAll(async () => {
    await enforcement(null);
    await connection.close();
    await clinicReady();
  }, 300_000);

  it('are all rotated under load without a failed request and without a restart', async () => {
    const before = await lives();
    const old = await Promise.all(SERVICES.map(inSecret));
    const load = startSteadyLoad(PER_SECOND, async () => {
      const { status } = await connection.send({ method: 'GET', path: PATH });
      if (status !== 200) throw new Error(`answers ${status}`);
    });
    for (const name of SERVICES) await kubectl('annotate', ...secretOf(name), 'careplane.dev/certificate-');
    await Promise.all(
      SERVICES.map((name, index) =>
        eventually(`another certificate of ${name}`, async () =>
          (await inSecret(name)) === old[index] ? undefined : true,
        ),
      ),
    );
    for (const name of SERVERS)
      await eventually(
        `${name} to show it`,
        async () => {
          const wanted = await inSecret(name);
          const shown = await shownBy(`careplane.dev/service=${name}`, 8080);
          return shown.length > 0 && shown.every((one) => one === wanted) ? true : undefined;
        },
        PROPAGATION_MS,
      );
    const answered = load.succeeded();
    await eventually('more answers', () => Promise.resolve(load.succeeded() > answered + 20 || undefined));
    await load.end();
    expect(load.failures()).toEqual([]);
    expect(await lives()).toBe(before);
  }, 900_000);

  it('keep a caller without an edge out, with network policies switched off', async () => {
    await enforcement('Shadow');
    // Until the policies are switched off everywhere, the connection is blocked.
    const answer = await eventually('an answer', async () => {
      const found = await askMailSink('own');
      return found === 'timeout' ? undefined : found;
    });
    expect(answer).toBe('403');
    expect(await askMailSink('nobody')).toMatch(/ECONNRESET|EPROTO|ERR_SSL/);
  }, 240_000);
});
