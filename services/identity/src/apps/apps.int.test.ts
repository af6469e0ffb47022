import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connectStore, createTestTrail } from '@careplane/kit/testing';
import type { TestStore } from '@careplane/kit/testing';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import type { IdentitySecrets } from '../keys/secrets.ts';
import { newApp } from './app.ts';
import { appCollections, createApps } from './apps.ts';
import type { AppRecord } from './apps.ts';

jest.setTimeout(60_000);

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

  it('are removed with what users have allowed them, or not at all: it can be tried again', async () => {
    const { mongo } = store;
    const audit = createTestTrail();
    let isAway = true;
    const ended: string[] = [];
    const apps = createApps({
      mongo,
      audit,
      records: mongo.collection<AppRecord>('apps'),
      secrets: {} as IdentitySecrets,
      publicUrl: 'https://clinic.example',
      bound: () => [],
      ended: (clientId, tx) => {
        if (isAway) return Promise.reject(new Error('away'));
        tx.afterCommit(() => ended.push(clientId));
        return Promise.resolve();
      },
    });
    const scopes = ['openid'];
    const fresh = { name: 'Diary', type: 'public', redirectUris: ['https://diary.example/back'], scopes };
    const { app } = await apps.add(newApp.parse(fresh), BY);
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
