import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestTrail } from '@careplane/kit/testing';
import type { SecurityEventKind } from '@careplane/kit';
import { startStores } from '../../test/stores.ts';
import type { Stores } from '../../test/stores.ts';
import { artifactCollections } from '../oidc/artifacts.ts';
import { createEndings, endingCollections } from '../oidc/endings.ts';
import { createSessions } from '../oidc/sessions.ts';
import { createSecondFactors } from '../second-factors/second-factors.ts';
import { accountCollections } from './account.ts';
import { createAccounts } from './accounts.ts';
import { createAccountTokens, tokenCollections } from './account-tokens.ts';
import { createChanges } from './changes.ts';
import type { Changes, ChangesParts } from './changes.ts';

describe('a change of an account whose process ends right after its commit', () => {
  let stores: Stores;
  beforeAll(async () => {
    stores = await startStores([
      ...accountCollections,
      ...artifactCollections,
      ...endingCollections,
      ...tokenCollections,
    ]);
  }, 120_000);
  afterAll(() => stores.stop());

  const by = { role: 'admin', account: 'other', client: 'console' };
  it.each<[string, SecurityEventKind, (changes: Changes, id: string) => Promise<unknown>]>([
    ['disabled', 'account-disabled', (changes, id) => changes.setStatus(id, 'disabled', by)],
    ['deleted', 'account-deleted', (changes, id) => changes.remove(id, by)],
    ['without its second factor', 'second-factor-reset', (changes, id) => changes.resetSecondFactor(id, by)],
  ])(
    'has ended the access tokens of an account that is %s, and recorded it',
    async (status, event, change) => {
      const { mongo } = stores;
      const keys = { sealingKey: randomBytes(32), lookupKey: randomBytes(32) };
      const secrets = {
        ...keys,
        nameKeys: [keys.lookupKey],
        sealingKeys: [keys.sealingKey],
        lookupKeys: [keys.lookupKey],
      } as never;
      const accounts = createAccounts(mongo.collection('accounts'), secrets);
      const endings = createEndings(mongo);
      const sessions = createSessions({
        cache: { client: undefined, keyPrefix: '' } as never,
        artifacts: mongo.collection('oidc_artifacts'),
        accounts: accounts.records,
        endings,
      });
      const notices = { tell: () => Promise.resolve() } as unknown as ChangesParts['notices'];
      const killed = new Error('killed');
      const audit = createTestTrail();
      const parts = {
        mongo,
        accounts,
        tokens: createAccountTokens(mongo.collection('account_tokens'), secrets),
        sessions: { ...sessions, endAll: () => Promise.reject(killed) },
        notices,
        audit,
        publicKeys: { endAll: () => Promise.resolve() },
        factors: createSecondFactors({
          mongo,
          accounts: accounts.records,
          notices,
          audit,
          secrets,
          cache: { client: {}, keyPrefix: '' } as never,
        }),
      } as unknown as ChangesParts;
      const account = {
        _id: `of-${status}`,
        role: 'patient',
        email: `${randomUUID()}@mail.example`,
      } as const;
      await accounts.insert(account);
      const token = { account: account._id, client: 'app', token: { id: 't', since: Date.now() / 1000 - 1 } };
      expect(await endings.isOver(token)).toBe(false);
      await expect(change(createChanges(parts), account._id)).rejects.toBe(killed);
      expect(await endings.isOver(token)).toBe(true);
      const about = { entities: [{ type: 'account', id: account._id }], patient: account._id };
      expect(audit.entries).toEqual([{ action: event, outcome: 'granted', agent: by, ...about }]);
    },
  );
});
