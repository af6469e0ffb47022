import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connectStore, createTestTrail } from '@careplane/kit/testing';
import type { TestStore, TestTrail } from '@careplane/kit/testing';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import type { IdentitySecrets } from '../keys/secrets.ts';
import { newApp } from './app.ts';
import { appCollections, createApps } from './apps.ts';
import type { AppRecord, Apps, AppsOptions } from './apps.ts';

jest.setTimeout(60_000);

const FRESH = {
  name: 'Diary',
  type: 'public',
  redirectUris: ['https://diary.example/back'],
  scopes: ['openid'],
};
const BY = { role: 'admin', account: 'a-1' } as const;

describe('apps of administrators', () => {
  let mongod: RunningMongod;
  let store: TestStore;
  beforeAll(async () => {
    mongod = await startMongod();
    store = await connectStore(mongod, 'identity', appCollections);
  }, 120_000);
  afterAll(async () => {
    await store.stop();
    await mongod.stop();
  });

  const open = (parts: { audit?: TestTrail; ended: AppsOptions['ended'] }): Apps =>
    createApps({
      ...{ mongo: store.mongo, audit: createTestTrail(), ...parts },
      records: store.mongo.collection<AppRecord>('apps'),
      secrets: {} as IdentitySecrets,
      publicUrl: 'https://clinic.example',
      bound: () => [],
    });

  it('are found by their id, however many are listed before them', async () => {
    const records = store.mongo.collection<AppRecord>('apps');
    const appOf = (clientId: string): AppRecord => ({
      _id: clientId,
      app: { ...newApp.parse(FRESH), clientId },
      createdAt: new Date(),
    });
    await records.insert(Array.from({ length: 1_000 }, (_, at) => appOf(`app-${String(at)}`)));
    await records.insert([appOf('zebra')]);
    const apps = open({ ended: () => Promise.resolve() });
    expect((await apps.list()).some(({ clientId }) => clientId === 'zebra')).toBe(false);
    expect((await apps.find('zebra'))?.clientId).toBe('zebra');
    expect((await apps.find('careplane-account'))?.clientId).toBe('careplane-account');
    expect(await apps.find('none')).toBeUndefined();
    await records.deleteMany({});
  });

  it('are removed with what users have allowed them, or not at all: it can be tried again', async () => {
    const audit = createTestTrail();
    let isAway = true;
    const ended: string[] = [];
    const apps = open({
      audit,
      ended: (clientId, tx) => {
        if (isAway) return Promise.reject(new Error('away'));
        tx.afterCommit(() => ended.push(clientId));
        return Promise.resolve();
      },
    });
    const { app } = await apps.add(newApp.parse(FRESH), BY);
    const isThere = async (): Promise<boolean> =>
      (await apps.list()).some(({ clientId }) => clientId === app.clientId);
    await expect(apps.remove(app.clientId, BY)).rejects.toThrow('away');
    expect([await isThere(), ended]).toEqual([true, []]);
    isAway = false;
    await apps.remove(app.clientId, BY);
    expect([await isThere(), ended]).toEqual([false, [app.clientId]]);
    expect(audit.entries.map(({ action }) => action)).toEqual(['app-registered', 'app-removed']);
  });
});
