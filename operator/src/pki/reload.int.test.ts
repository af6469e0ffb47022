import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  startMongod,
  startRabbit,
  startRedis,
  until,
  type RunningMongod,
  type RunningRabbit,
  type RunningRedis,
} from '@careplane/testing';
import { connect } from 'amqplib';
import type { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { rotateCertificates, withMember } from '../engines/mongodb/member.ts';
import { aclFile, operatorUser } from '../engines/redis/acl.ts';
import { reloadCertificates, withRedis } from '../engines/redis/connection.ts';
import { createAuthority, issueCertificate, type KeyPair } from './certificate.ts';
import { convergeCertificates, type CertificateReport, type TlsMember } from './current-certificates.ts';
import { fingerprintOf, servedFingerprint } from './served-certificate.ts';

// Engines start slowly on a busy machine of two cores.
jest.setTimeout(180_000);

const REQUEST = { name: 'engine', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };

/** What the operator's Secret would bring into the pod's volume: a pair of a new authority, and trust in both. */
interface Renewal {
  pair: KeyPair;
  bundle: string;
}

async function renewal(engine: { certificates: { ca: string } | undefined }): Promise<Renewal> {
  const authority = await createAuthority('next', Date.now());
  const pair = await issueCertificate(authority, REQUEST, Date.now());
  return { pair, bundle: `${authority.certificate}${engine.certificates?.ca ?? ''}\n` };
}

async function bring(folder: string | undefined, { pair, bundle }: Renewal): Promise<void> {
  const files = {
    'tls.crt': pair.certificate,
    'tls.key': pair.key,
    'ca.crt': bundle,
    'server.pem': pair.certificate + pair.key,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder ?? '', name), text);
}

function converge(
  wanted: KeyPair,
  member: TlsMember,
  reload?: (member: TlsMember) => Promise<void>,
): Promise<CertificateReport> {
  const round = { wanted: wanted.certificate, members: [member], now: Date.now() };
  return convergeCertificates(reload === undefined ? round : { ...round, reload });
}

const CURRENT = {
  isMoving: false,
  condition: {
    status: 'True',
    reason: 'Current',
    message: 'every running member shows the certificate of its Secret',
  },
};
const RELOADING = { isMoving: true, condition: { status: 'False', reason: 'Reloading', informs: true } };

describe('a running mongod', () => {
  let mongod: RunningMongod;
  beforeAll(async () => {
    mongod = await startMongod({ tls: true, auth: true });
  });
  afterAll(() => mongod.stop());

  it('shows a renewed certificate without a restart and keeps its connections; an unusable one changes nothing', async () => {
    const next = await renewal(mongod);
    const address = `127.0.0.1:${mongod.port}`;
    const member = { name: 'db-0', host: '127.0.0.1', port: mongod.port };
    const access = { ca: next.bundle, keyfile: mongod.keyfile ?? '' };
    const reload = (): Promise<void> => rotateCertificates(address, access);
    expect(await converge(next.pair, member, reload)).toMatchObject(RELOADING); // the volume is not there yet
    await withMember(address, access, async (client) => {
      const admin = client.db('admin');
      const identities = async (): Promise<unknown[]> => {
        const hello = await admin.command({ hello: 1 });
        const status = await admin.command({ serverStatus: 1 });
        return [String(hello['connectionId']), String(status['pid'])];
      };
      const before = await identities();
      await bring(mongod.tlsFolder, next);
      expect(await converge(next.pair, member, reload)).toMatchObject(CURRENT);
      expect(await servedFingerprint(member)).toBe(fingerprintOf(next.pair.certificate));
      await writeFile(join(mongod.tlsFolder ?? '', 'server.pem'), 'rubbish');
      const other = await renewal(mongod);
      const report = await converge(other.pair, member, reload);
      expect(report).toMatchObject(RELOADING);
      expect(report.condition.message).toMatch(/db-0 \(.+\)/);
      expect(await servedFingerprint(member)).toBe(fingerprintOf(next.pair.certificate));
      expect(await identities()).toEqual(before);
    });
  });
});

describe('a running mongod whose authority was lost', () => {
  let mongod: RunningMongod;
  beforeAll(async () => {
    mongod = await startMongod({ tls: true, auth: true });
  });
  afterAll(() => mongod.stop());

  it('trusts the next authority before it has another certificate, without a restart', async () => {
    const { certificates, keyfile = '', port } = mongod;
    const [shown, ca] = [certificates?.certificate ?? '', certificates?.ca ?? ''];
    const next = await renewal(mongod);
    const address = `127.0.0.1:${port}`;
    const access = { ca: next.bundle, keyfile };
    const member = { name: 'db-0', host: '127.0.0.1', port };
    /** Another member, or a client, that the next authority has signed. */
    const connects = async (): Promise<boolean> => {
      const { certificate: cert, key } = next.pair;
      const client = new MongoClient(`mongodb://${address}/?directConnection=true`, {
        ...{ tls: true, ca, cert, key },
        serverSelectionTimeoutMS: 2_000,
      });
      try {
        await client.db('admin').command({ hello: 1 });
        return true;
      } catch {
        return false;
      } finally {
        await client.close();
      }
    };
    expect(await connects()).toBe(false);
    await writeFile(join(mongod.tlsFolder ?? '', 'ca.crt'), next.bundle);
    const reload = (): Promise<void> => rotateCertificates(address, access);
    const round = { wanted: shown, members: [member], reload, now: Date.now() };
    expect(await convergeCertificates(round)).toMatchObject(CURRENT);
    expect(await connects()).toBe(false);
    expect(await convergeCertificates({ ...round, trustSince: Date.now() })).toMatchObject(RELOADING);
    expect(await connects()).toBe(true);
  });
});

describe('a running Redis', () => {
  let redis: RunningRedis;
  beforeAll(async () => {
    redis = await startRedis({
      tls: true,
      acl: aclFile([operatorUser('word')])
        .trim()
        .split('\n'),
    });
  });
  afterAll(() => redis.stop());

  it('shows a renewed certificate without a restart and keeps its connections; an unusable one changes nothing', async () => {
    const next = await renewal(redis);
    const { host, port } = redis;
    const member = { name: 'cache-0', host, port };
    const access = { host, port, ca: next.bundle, password: 'word' };
    const reload = (): Promise<void> => withRedis(access, reloadCertificates);
    expect(await converge(next.pair, member, reload)).toMatchObject(RELOADING);
    await withRedis(access, async (client: Redis) => {
      const identities = async (): Promise<unknown[]> => [
        await client.client('ID'),
        /run_id:(\w+)/.exec(await client.info('server'))?.[1],
      ];
      const before = await identities();
      await bring(redis.tlsFolder, next);
      expect(await converge(next.pair, member, reload)).toMatchObject(CURRENT);
      await writeFile(join(redis.tlsFolder ?? '', 'tls.key'), 'rubbish');
      const other = await renewal(redis);
      expect((await converge(other.pair, member, reload)).condition.message).toMatch(/cache-0 \(.+\)/);
      expect(await servedFingerprint(member)).toBe(fingerprintOf(next.pair.certificate));
      expect(await identities()).toEqual(before);
    });
  });
});

describe('a running RabbitMQ', () => {
  let rabbit: RunningRabbit;
  beforeAll(async () => {
    rabbit = await startRabbit({ tls: true });
  });
  afterAll(() => rabbit.stop());

  it('shows a renewed certificate by itself at all its ports, and keeps its connections', async () => {
    const next = await renewal(rabbit);
    const connection = await connect(rabbit.uri, { ca: rabbit.certificates?.ca });
    let isLost = false;
    connection.once('close', () => (isLost = true));
    const port = Number(new URL(rabbit.managementUrl).port);
    const management = { name: 'broker-0', host: 'localhost', port };
    const listener = { ...management, port: rabbit.port };
    expect(await converge(next.pair, management)).toMatchObject(RELOADING);
    await bring(rabbit.tlsFolder, next);
    for (const member of [management, listener])
      await until(async () => !(await converge(next.pair, member)).isMoving, {
        what: 'the new certificate',
        everyMs: 500,
      });
    await (await connection.createChannel()).close();
    expect(isLost).toBe(false);
    await connection.close();
  });
});
