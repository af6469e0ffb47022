import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAuthority, issueCertificate, type KeyPair } from './certificate.ts';
import { convergeCertificates, withCertificates, type TlsMember } from './current-certificates.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const MINUTE = 60_000;

describe('the condition CertificatesCurrent', () => {
  let server: Server;
  let member: TlsMember;
  let first: KeyPair;
  let renewed: KeyPair;
  const asContext = ({ certificate, key }: KeyPair): { cert: string; key: string } => ({
    cert: certificate,
    key,
  });

  beforeAll(async () => {
    const authority = await createAuthority('test', NOW);
    const request = { name: 'db', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
    first = await issueCertificate(authority, request, NOW - 60 * 24 * 60 * MINUTE);
    renewed = await issueCertificate(authority, request, NOW);
    server = createServer(asContext(first), (socket) => socket.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    member = { name: 'db-0', host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  });
  afterAll(() => {
    server.close();
  });

  const converge = (reload: () => Promise<void>, now = NOW): ReturnType<typeof convergeCertificates> =>
    convergeCertificates({ wanted: renewed.certificate, members: [member], reload, now });

  it('only informs while a member is behind, and says who and why', async () => {
    const { condition, isMoving } = await converge(() => Promise.reject(new Error('no such file')));
    expect(isMoving).toBe(true);
    expect(condition).toMatchObject({ status: 'False', reason: 'Reloading', informs: true });
    expect(condition.message).toContain('db-0 (');
    expect(condition.message).toContain('no such file');
  });

  it('counts once that takes longer than a volume needs, and says what to do', async () => {
    const { condition } = await converge(() => Promise.resolve(), NOW + 20 * MINUTE);
    expect(condition).toMatchObject({ status: 'False', reason: 'Late' });
    expect(condition.informs).toBeUndefined();
    expect(condition.message).toMatch(/db-0.*delete the pod/);
  });

  it('is True when the reload has brought the new one, and then nobody is reloaded', async () => {
    let reloads = 0;
    const reload = (): Promise<void> => {
      reloads += 1;
      server.setSecureContext(asContext(renewed));
      return Promise.resolve();
    };
    for (let round = 0; round < 2; round += 1)
      expect(await converge(reload)).toMatchObject({ isMoving: false, condition: { status: 'True' } });
    expect(reloads).toBe(1);
  });

  it('has members read authorities again that no new certificate came with, until their volumes have them', async () => {
    server.setSecureContext(asContext(renewed));
    let reloads = 0;
    const reload = (): Promise<void> => {
      reloads += 1;
      return Promise.resolve();
    };
    const round = { wanted: renewed.certificate, members: [member], reload, trustSince: NOW };
    const soon = await convergeCertificates({ ...round, now: NOW + MINUTE });
    expect(soon).toMatchObject({
      isMoving: true,
      condition: { status: 'False', reason: 'Reloading', informs: true },
    });
    const later = await convergeCertificates({ ...round, now: NOW + 4 * MINUTE });
    expect(later).toMatchObject({ isMoving: false, condition: { status: 'True', reason: 'Current' } });
    expect(reloads).toBe(2);
  });

  it('names a member that does not answer', async () => {
    const gone = { ...member, name: 'db-1', port: 1 };
    const round = { wanted: renewed.certificate, members: [member, gone], now: NOW };
    expect((await convergeCertificates(round)).condition.message).toMatch(
      /certificate: db-1 \(.*ECONNREFUSED/,
    );
  });

  it('has its object looked at again soon while somebody is behind', () => {
    const condition = {
      type: 'CertificatesCurrent',
      status: 'True',
      reason: 'Current',
      message: '',
    } as const;
    const again = (isMoving: boolean, requeueAfterMs: number): number | undefined =>
      withCertificates({ requeueAfterMs }, { condition, isMoving }).requeueAfterMs;
    expect([again(false, 30_000), again(true, 30_000), again(true, 2_000)]).toEqual([30_000, 5_000, 2_000]);
  });
});
