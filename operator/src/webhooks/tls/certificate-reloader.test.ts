import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../k8s/types.ts';
import { createAuthority, issueCertificate, type KeyPair } from '../../pki/certificate.ts';
import { toData } from '../../k8s/secret-data.ts';
import { ManualClock } from '../../runtime/fixtures/manual-clock.ts';
import { silentLogger } from '../../runtime/telemetry/log.ts';
import { CertificateReloader } from './certificate-reloader.ts';

const REQUEST = {
  name: 'careplane-webhook',
  dnsNames: ['careplane-webhook.careplane-system.svc'],
  ipAddresses: [],
};
let authority: KeyPair;
let stranger: KeyPair;

beforeAll(async () => {
  authority = await createAuthority('ours', 1_000_000);
  stranger = await createAuthority('theirs', 1_000_000);
});

const issue = (by = authority): Promise<KeyPair> => issueCertificate(by, REQUEST, 1_000_000);
const secretOf = ({ certificate, key }: KeyPair): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'tls' },
  data: toData({ 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.certificate }),
});

function reloader(): {
  used: string[];
  look: (secret: Secret | Error | undefined) => Promise<string | undefined>;
  clock: ManualClock;
} {
  const used: string[] = [];
  const clock = new ManualClock();
  let next: Secret | Error | undefined;
  const subject = new CertificateReloader({
    read: () => (Error.isError(next) ? Promise.reject(next) : Promise.resolve(next)),
    use: ({ certificate }) => {
      used.push(certificate);
    },
    clock,
    log: silentLogger,
    everyMs: 10_000,
  });
  const look = async (secret: Secret | Error | undefined): Promise<string | undefined> => {
    next = secret;
    await subject.look();
    return subject.failing();
  };
  return { used, look, clock };
}

describe('the certificate that a replica serves', () => {
  it('is waited for, taken, and taken again only when it is another one', async () => {
    const { used, look } = reloader();
    expect(await look(undefined)).toBe('there is no certificate yet');
    const [a, b] = [await issue(), await issue()];
    expect(await look(secretOf(a))).toBeUndefined();
    await look(secretOf(a));
    await look(secretOf(b));
    expect(used).toEqual([a.certificate, b.certificate]);
  });

  it('that nobody makes does not keep an upgrade from going on, one that is bad does', async () => {
    const { look, clock } = reloader();
    await clock.advance(29_000);
    expect(await look(undefined)).toBe('there is no certificate yet');
    await clock.advance(1_000);
    expect(await look(undefined)).toBeUndefined();
    expect(await look({ ...secretOf(await issue()), data: {} })).toBe('certificate or key is missing');
  });

  it('stays when the next one is bad', async () => {
    const { used, look } = reloader();
    const [good, other] = [await issue(), await issue()];
    await look(secretOf(good));
    const bad = [
      secretOf({ certificate: other.certificate, key: good.key }),
      secretOf({ certificate: 'rubbish', key: 'rubbish' }),
      secretOf(await issue(stranger)),
      { ...secretOf(good), data: {} },
      undefined,
      new Error('the API server does not answer'),
    ];
    for (const secret of bad) expect(await look(secret)).toBeUndefined();
    expect(used).toEqual([good.certificate]);
    await look(secretOf(other));
    expect(used).toEqual([good.certificate, other.certificate]);
  });

  it('is not ready any more when it has expired and nobody made another', async () => {
    const { look, clock } = reloader();
    const secret = secretOf(await issue());
    expect(await look(secret)).toBeUndefined();
    await clock.advance(91 * 86_400_000);
    expect(await look(secret)).toBe('the certificate has expired');
  });
});
