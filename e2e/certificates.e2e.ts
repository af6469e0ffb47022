import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { clinicReady, condition, environment, eventually, kubectl, list, NAMESPACE } from './src/cluster.ts';

/** Kubelet brings a Secret's change into a running pod's volume within a minute or two. */
const PROPAGATION_MS = 240_000;

const ENGINES = [
  { kind: 'encryptedstore', name: 'clinic-db', selector: 'careplane.dev/store=clinic-db', port: 27_017 },
  { kind: 'encryptedstore', name: 'clinic-cache', selector: 'careplane.dev/store=clinic-cache', port: 6_379 },
  {
    kind: 'messagebroker',
    name: 'clinic-broker',
    selector: 'careplane.dev/broker=clinic-broker',
    port: 5_671,
  },
];

/** Services that use the engines; a ScalingPolicy brings and takes pods of the others. */
const SERVICES = 'careplane.dev/service in (gateway, identity)';

describe('a renewed certificate', () => {
  beforeAll(async () => {
    await clinicReady();
  }, 300_000);

  it('is shown by every running engine: no pod of theirs or of services is replaced or restarted, and all stays Ready', async () => {
    const selectors = [...ENGINES.map(({ selector }) => selector), SERVICES];
    const before = await Promise.all(selectors.map(lives));
    const old = await Promise.all(ENGINES.map(({ name }) => inSecret(name)));
    // Other authorities to trust come with another certificate; that an empty line is none does not matter here.
    for (const { name } of ENGINES) await addToAuthorities(name, '\n');
    await Promise.all(
      ENGINES.map(({ name, selector, port }, index) =>
        eventually(
          `${name} to show its new certificate`,
          async () => {
            const wanted = await inSecret(name);
            const shown = await shownBy(selector, port);
            return wanted !== old[index] && shown.every((one) => one === wanted) ? true : undefined;
          },
          PROPAGATION_MS,
        ),
      ),
    );
    for (const { kind, name } of ENGINES)
      await eventually(`${name} to say so`, async () => {
        const [object] = await list(`${kind}s`, '-n', NAMESPACE, '--field-selector', `metadata.name=${name}`);
        const found = object === undefined ? undefined : condition(object, 'CertificatesCurrent');
        return found?.status === 'True' ? true : undefined;
      });
    expect(await Promise.all(selectors.map(lives))).toEqual(before);
    await clinicReady();
  }, 600_000);
});

/** Which pods there are, and how often their containers were started. */
async function lives(selector: string): Promise<string> {
  const path = '{range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount}{"\\n"}{end}';
  return await kubectl('get', 'pods', '-n', NAMESPACE, '-l', selector, '-o', `jsonpath=${path}`);
}

async function entryOf(name: string, entry: string): Promise<string> {
  const path = `jsonpath={.data.${entry.replace('.', '\\.')}}`;
  const encoded = await kubectl('get', 'secret', `${name}-tls`, '-n', NAMESPACE, '-o', path);
  return Buffer.from(encoded, 'base64').toString('utf8');
}

async function inSecret(name: string): Promise<string> {
  return new X509Certificate(await entryOf(name, 'tls.crt')).fingerprint256;
}

async function addToAuthorities(name: string, text: string): Promise<void> {
  const data = { 'ca.crt': Buffer.from((await entryOf(name, 'ca.crt')) + text).toString('base64') };
  await kubectl('patch', 'secret', `${name}-tls`, '-n', NAMESPACE, '-p', JSON.stringify({ data }));
}

async function shownBy(selector: string, port: number): Promise<string[]> {
  const pods = await list('pods', '-n', NAMESPACE, '-l', selector);
  return await Promise.all(pods.map(({ metadata }) => throughForward(metadata.name, port, fingerprintAt)));
}

/** Through the API server and kubelet: what lies between this machine's network and the pods' has no part in it. */
async function throughForward<T>(pod: string, port: number, use: (local: number) => Promise<T>): Promise<T> {
  const child = spawn('kubectl', ['port-forward', '-n', NAMESPACE, `pod/${pod}`, `:${port}`], {
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  try {
    const told = await Promise.race([once(child.stdout, 'data'), ended.then(() => [''])]);
    const local = /127\.0\.0\.1:(\d+)/.exec(String(told[0]))?.[1];
    if (local === undefined) throw new Error(`no way to port ${port} of ${pod}`);
    return await use(Number(local));
  } finally {
    child.kill();
    await ended;
  }
}

/** Nothing is sent, so that nobody needs to be trusted. */
function fingerprintAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, timeout: 5_000 });
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate();
      socket.destroy();
      if (shown === undefined) reject(new Error('no certificate was shown'));
      else resolve(shown.fingerprint256);
    });
    socket.once('timeout', () => socket.destroy(new Error('no handshake in time')));
    socket.once('error', reject);
  });
}
