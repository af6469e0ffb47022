import { describe, expect, it } from '@jest/globals';
import type { Collection } from '@careplane/kit';
import type { AccountRecord } from '../accounts/account.ts';
import { findAccount } from './oidc-account.ts';

const claimsOf = async (over: Partial<AccountRecord>, authTime?: number): Promise<unknown> => {
  const record: AccountRecord = { _id: 'a1', role: 'patient', loginKey: 'x', createdAt: new Date(), ...over };
  const accounts = { findOne: () => Promise.resolve(record) } as unknown as Collection<AccountRecord>;
  const account = await findAccount(
    accounts,
    { id: 'a1', source: { authTime } },
    'https://clinic.example/fhir/R4',
  );
  return account?.claims('id_token', 'openid fhirUser', {}, []);
};

describe('an account in OpenID Connect', () => {
  it('says who it is as a URL of the FHIR server', async () => {
    const person = { type: 'Practitioner', id: 'p1' } as const;
    expect(await claimsOf({ role: 'practitioner', person })).toEqual({
      sub: 'a1',
      fhirUser: 'https://clinic.example/fhir/R4/Practitioner/p1',
    });
    expect(await claimsOf({})).toMatchObject({ fhirUser: 'https://clinic.example/fhir/R4/Patient/a1' });
  });

  it('says nothing of fhirUser for an account without a person', async () => {
    expect(await claimsOf({ role: 'frontdesk', person: null })).toEqual({ sub: 'a1' });
  });

  it('is none when it is disabled', async () => {
    expect(await claimsOf({ status: 'disabled' })).toBeUndefined();
  });

  it.each(['sessionsEndedAt', 'passwordChangedAt'])(
    'is none for a token of a log-in before %s',
    async (at) => {
      const over = { [at]: new Date(1_800_000_000_500) };
      expect(await claimsOf(over, 1_800_000_000.4)).toBeUndefined();
      expect(await claimsOf(over, 1_800_000_000.6)).toBeDefined();
    },
  );
});
