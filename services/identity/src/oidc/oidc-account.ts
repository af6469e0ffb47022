import type { Collection } from '@careplane/kit';
import type { Account, AccountClaims } from 'oidc-provider';
import { isOver, personOf } from '../accounts/account.ts';
import type { AccountRecord } from '../accounts/account.ts';
import { onDatabase } from './storage-away.ts';

/** An account as oidc-provider sees it. */
export interface OidcAccount extends Account {
  readonly record: AccountRecord;
}

/** A code or refresh token, as oidc-provider hands it over: it says when its user logged in. */
interface Source {
  readonly authTime?: number | undefined;
}

/** An account that may be used. @returns undefined for one that is not there or disabled, or whose log-in is over */
export function findAccount(
  accounts: Collection<AccountRecord>,
  { id, source }: { readonly id: string; readonly source: Source | undefined },
  fhirBase: string,
): Promise<OidcAccount | undefined> {
  return onDatabase(async () => {
    const record = await accounts.findOne({ _id: id });
    if (!record || record.status === 'disabled') return undefined;
    if (source?.authTime !== undefined && isOver(record, source.authTime)) return undefined;
    return { accountId: id, record, claims: () => claimsOf(record, fhirBase) };
  });
}

function claimsOf(record: AccountRecord, fhirBase: string): AccountClaims {
  const person = personOf(record);
  return {
    sub: record._id,
    ...(person ? { fhirUser: `${fhirBase}/${person.type}/${person.id}` } : {}),
  };
}
