import { logConsoleLines } from './console-lines.ts';
import { createSessions } from './sessions.ts';
import type { Sessions } from './sessions.ts';
import type { AuditTrail, Cache, Logger, Mongo } from '@careplane/kit';
import type { AdapterFactory } from 'oidc-provider';
import type { AccountRecord } from '../accounts/account.ts';
import type { Apps } from '../apps/apps.ts';
import type { IdentityConfig } from '../config.ts';
import { verificationKeys } from '../keys/keyring-cache.ts';
import type { KeyringCache } from '../keys/keyring-cache.ts';
import type { IdentitySecrets } from '../keys/secrets.ts';
import { providerPages } from '../pages/provider-pages.ts';
import type { Store } from '../store.ts';
import type { AccessTokenOptions } from './access-tokens.ts';
import { artifactAdapter } from './artifacts.ts';
import type { Endings } from './endings.ts';
import type { Introspection } from './introspection.ts';
import { createIntrospection } from './introspection.ts';
import { createLaunches } from './launches.ts';
import type { OidcParts } from './oidc-parts.ts';
import { createPatientsOf } from './patients-of.ts';
import type { PatientDirectory, PatientsOfOptions } from './patients-of.ts';
import { createProviders } from './provider.ts';
import type { Providers } from './provider.ts';
import { onDatabase } from './storage-away.ts';
import { sessionAdapter, volatileAdapter } from './volatile.ts';

export interface OidcOptions {
  readonly config: IdentityConfig;
  readonly mongo: Mongo;
  readonly audit: AuditTrail;
  readonly secrets: IdentitySecrets;
  readonly store: Store;
  readonly cache: Cache;
  readonly keyring: KeyringCache;
  readonly apps: Apps;
  readonly endings: Endings;
  readonly patients: PatientDirectory;
  /** Patients for whom an account acts or whom it treats. */
  readonly related: (account: AccountRecord) => Promise<readonly string[]>;
  readonly findable: PatientsOfOptions['findable'];
  readonly logger: Logger;
}

/** The authorization server, put together. */
export interface Oidc {
  readonly parts: OidcParts;
  readonly providers: Providers;
  readonly sessions: Sessions;
  readonly tokens: AccessTokenOptions;
  readonly introspection: Introspection;
}

export function assembleOidc(options: OidcOptions): Oidc {
  const { config, secrets, mongo, audit, store, cache, keyring, apps, endings, logger } = options;
  logConsoleLines(logger);
  const fhirBase = `${config.PUBLIC_URL}/fhir/R4`;
  const sessions = createSessions({ cache, artifacts: store.artifacts, accounts: store.accounts, endings });
  const tokens = { keys: verificationKeys(keyring), issuer: config.PUBLIC_URL, audience: fhirBase, endings };
  const parts: OidcParts = {
    config,
    secrets,
    fhirBase,
    accounts: store.accounts,
    adapter: adapterOf({ mongo, audit, store, cache, sessions, apps, endings }),
    pages: providerPages,
    launches: createLaunches(store.launches),
    patients: createPatientsOf(options),
    grantSeconds: (scopes) =>
      scopes.includes('offline_access') ? config.REFRESH_TTL_S : config.SESSION_TTL_S,
  };
  const introspection = createIntrospection({ tokens, mongo, audit, accounts: store.accounts });
  return {
    parts,
    providers: createProviders({ parts, keyring, sessions, introspection, audit, logger }),
    sessions,
    tokens,
    introspection,
  };
}

interface Stores {
  readonly mongo: Mongo;
  readonly audit: AuditTrail;
  readonly store: Store;
  readonly cache: Cache;
  readonly sessions: Sessions;
  readonly apps: Apps;
  readonly endings: Endings;
}

const VOLATILE = new Set(['Interaction', 'ReplayDetection', 'PushedAuthorizationRequest']);

/** Where oidc-provider keeps what: what must survive is in the database, what ends soon is in the cache. */
function adapterOf({ mongo, audit, store, cache, sessions, apps, endings }: Stores): AdapterFactory {
  const parts = { mongo, audit, endings, records: store.artifacts, accounts: store.accounts };
  return (model) => {
    if (model === 'Session') return sessionAdapter(sessions);
    if (VOLATILE.has(model)) return volatileAdapter(cache, model);
    const artifacts = artifactAdapter(parts, model);
    if (model !== 'Client') return artifacts;
    return { ...artifacts, find: (id) => onDatabase(() => apps.metadataOf(id)) };
  };
}
