import type { CollectionSpec } from '@careplane/kit';

/** What an account may be. A proxy is a patient's account; apps have none. */
export const ACCOUNT_ROLES = ['patient', 'practitioner', 'frontdesk', 'compliance', 'admin'] as const;
export type AccountRole = (typeof ACCOUNT_ROLES)[number];

export interface PersonReference {
  readonly type: 'Patient' | 'Practitioner';
  readonly id: string;
}

/** Somebody who can log in. Apart from the profile: whoever reads a profile has no hash in hand. */
export interface AccountRecord {
  /** The `sub` of tokens. Of accounts of former releases, the id of the person. */
  _id: string;
  role: AccountRole;
  /**
   * HMAC of the normalized login name: unique, and no address to read. Several while the lookup key is replaced, one for each key
   * that is known: of replicas with different current keys, no two register the same address.
   */
  loginKey: string | readonly string[];
  /** Absent: nobody logs in by password (`admin`, whose password is in the Secret; invited staff). */
  passwordHash?: string;
  createdAt: Date;
  /** Absent: active. */
  status?: 'active' | 'disabled';
  /** Absent for accounts of former releases (the person has the account's id), and for those without a person. */
  person?: PersonReference | null;
  /** The address, sealed: messages go there, and the login key is made anew from it when the lookup key is replaced. */
  sealedAddress?: string;
  secondFactor?: SecondFactor;
  passwordChangedAt?: Date;
  /** Every log-in before it is over, also one that was under way then. */
  sessionsEndedAt?: Date;
  /** Until the first log-in. Accounts of former releases lack it: their next new browser is told of. */
  isUnused?: true;
}

/** What somebody proves beside the password. */
export interface SecondFactor {
  /** The secret of the authenticator app, sealed, and the last time step that was used: no code counts twice. */
  readonly totp?: { readonly sealed: string; readonly lastStep: number };
  /** SHA-256 of the recovery codes that are left. */
  readonly recovery?: readonly string[];
  readonly passkeys?: readonly Passkey[];
}

export interface Passkey {
  /** Credential id, base64url. */
  readonly id: string;
  /** COSE key, base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly label: string;
  readonly createdAt: Date;
}

export const accountCollections: CollectionSpec[] = [
  {
    name: 'accounts',
    indexes: [
      { key: { loginKey: 1 }, name: 'login', unique: true },
      {
        key: { 'person.id': 1, 'person.type': 1 },
        name: 'one_of_person',
        unique: true,
        partialFilterExpression: { 'person.id': { $exists: true } },
      },
      // Under another name than the one of former releases, which was not unique: pods of these still need that.
      {
        key: { 'secondFactor.passkeys.id': 1 },
        name: 'one_of_passkey',
        unique: true,
        partialFilterExpression: { 'secondFactor.passkeys.id': { $exists: true } },
      },
    ],
  },
];

/** The person of an account; undefined for those who are nobody's record (administrators, front desk). */
export function personOf({ _id, role, person }: AccountRecord): PersonReference | undefined {
  if (person !== undefined) return person ?? undefined;
  if (role === 'patient') return { type: 'Patient', id: _id };
  return role === 'practitioner' ? { type: 'Practitioner', id: _id } : undefined;
}

/** Whether a second factor must be proved: all but patients, who may choose one. */
export function needsSecondFactor({ role }: Pick<AccountRecord, 'role'>): boolean {
  return role !== 'patient';
}

/** Whether a log-in at this time (seconds since 1970, with fractions) is over: everything was ended since. */
export function isOver(account: Ended, loggedInAt: number | undefined): boolean {
  const ended = endedAt(account);
  return ended > 0 && (loggedInAt ?? 0) * 1000 <= ended;
}

type Ended = Pick<AccountRecord, 'passwordChangedAt' | 'sessionsEndedAt'>;

/** When everything was ended last, in milliseconds since 1970; 0: never. */
export function endedAt({ passwordChangedAt, sessionsEndedAt }: Ended): number {
  return Math.max(passwordChangedAt?.getTime() ?? 0, sessionsEndedAt?.getTime() ?? 0);
}
