import type { AuditTrail, Bindings, Cache, Mongo, Outbox } from '@careplane/kit';
import type { IdentityConfig } from '../config.ts';
import type { IdentitySecrets } from '../keys/secrets.ts';
import { readSecrets } from '../keys/secrets.ts';
import type { Sessions } from '../oidc/sessions.ts';
import type { Passwords } from '../passwords/passwords.ts';
import type { Persons } from '../persons/persons.ts';
import { createPublicKeys } from '../public-keys/public-keys.ts';
import type { PublicKeys } from '../public-keys/public-keys.ts';
import { createMoments } from '../second-factors/moments.ts';
import type { Moments } from '../second-factors/moments.ts';
import { createPasskeys } from '../second-factors/passkeys.ts';
import type { Passkeys } from '../second-factors/passkeys.ts';
import { createSecondFactors } from '../second-factors/second-factors.ts';
import type { SecondFactors } from '../second-factors/second-factors.ts';
import type { Store } from '../store.ts';
import { createAccountTokens } from './account-tokens.ts';
import { createAccounts } from './accounts.ts';
import type { Accounts } from './accounts.ts';
import { createChanges } from './changes.ts';
import type { Changes } from './changes.ts';
import { createFormLimits } from './form-limits.ts';
import type { FormLimits } from './form-limits.ts';
import { createKnownDevices } from './known-devices.ts';
import { createLogInLimits } from './log-in-limits.ts';
import { createLogIns } from './log-in.ts';
import type { LogIns } from './log-in.ts';
import { createMailLimits } from './mail-limits.ts';
import type { MailLimits } from './mail-limits.ts';
import { createMessages } from './messages.ts';
import type { Messages } from './messages.ts';
import { createNotices } from './notices.ts';
import type { Notices } from './notices.ts';
import { createRegistrations } from './registration.ts';
import type { Registrations } from './registration.ts';

export interface AccountOptions {
  readonly config: IdentityConfig;
  readonly secrets: IdentitySecrets;
  readonly bindings: Bindings;
  readonly mongo: Mongo;
  readonly store: Store;
  readonly cache: Cache;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly persons: Persons;
}

/** Everything about accounts, put together. */
export interface AccountParts {
  readonly accounts: Accounts;
  readonly logIns: LogIns;
  readonly messages: Messages;
  readonly notices: Notices;
  readonly mailLimits: MailLimits;
  readonly formLimits: FormLimits;
  readonly registrations: Registrations;
  readonly changes: Changes;
  readonly factors: SecondFactors;
  readonly passkeys: Passkeys;
  readonly moments: Moments;
  readonly publicKeys: PublicKeys;
}

export function assembleAccounts(options: AccountOptions): AccountParts {
  const { config, secrets, bindings, mongo, store, cache, outbox, audit, passwords, sessions } = options;
  const { PUBLIC_URL: publicUrl } = config;
  const key = secrets.lookupKey;
  const accounts = createAccounts(store.accounts, secrets);
  const messages = createMessages({ mongo, records: store.accountMessages, outbox, secrets });
  const tokens = createAccountTokens(store.accountTokens, secrets);
  const notices = createNotices({ accounts, messages, publicUrl });
  const factors = createSecondFactors({ mongo, accounts: store.accounts, secrets, cache, notices, audit });
  const moments = createMoments(cache, secrets);
  const publicKeys = createPublicKeys({
    ...{ mongo, records: store.publicKeys, accounts: store.accounts, cache, notices, audit },
  });
  const shared = { mongo, accounts, passwords, tokens, messages, notices, audit, publicUrl };
  return {
    accounts,
    messages,
    notices,
    factors,
    moments,
    publicKeys,
    // who mistypes sends more forms than mails
    formLimits: createFormLimits(cache, key, 2 * config.MAILS_PER_NETWORK),
    mailLimits: createMailLimits(cache, key, config.MAILS_PER_NETWORK),
    passkeys: createPasskeys({ publicUrl, moments, factors }),
    registrations: createRegistrations({ ...shared, persons: options.persons }),
    changes: createChanges({ ...shared, sessions, factors, publicKeys, persons: options.persons }),
    logIns: createLogIns({
      audit,
      accounts,
      passwords,
      limits: createLogInLimits({ config, cache, key }),
      devices: createKnownDevices(publicUrl, secrets.cookieKeys),
      adminPassword: () => readSecrets(bindings).adminPassword,
    }),
  };
}
