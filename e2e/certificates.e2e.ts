import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { clinicReady, condition, eventually, kubectl, list, NAMESPACE } from './src/cluster.ts';
import { shownBy } from './src/shown-certificates.ts';

/** The kubelet updates a Secret in a running pod's volume within a minute or two. */
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

/** Services that use the engines and have no ScalingPolicy, which would change their pods. */
const SERVICES = 'careplane.dev/service in (gateway, identity)';

describe('a renewed certificate', () => {
  beforeAll(async () => {
    await clinicReady();
  }, 300_000);

  it('is served by every running engine; no pod is replaced or restarted, and all stay Ready', async () => {
    const selectors = [...ENGINES.map(({ selector }) => selector), SERVICES];
    const before = await Promise.all(selectors.map(lives));
    const old = await Promise.all(ENGINES.map(({ name }) => inSecret(name)));
    // A changed trust bundle causes a new certificate; an empty line is no certificate, which does not matter here.
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

/** The pods and the restart counts of their containers. */
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
