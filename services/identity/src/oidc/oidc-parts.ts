import type { Collection } from '@careplane/kit';
import type { AdapterFactory, KoaContextWithOIDC } from 'oidc-provider';
import type { AccountRecord } from '../accounts/account.ts';
import type { IdentityConfig } from '../config.ts';
import type { IdentitySecrets } from '../keys/secrets.ts';
import type { GrantParts } from './grants.ts';

/** An error of the protocol that a person is shown. */
export interface ShownProblem {
  readonly code: string;
  readonly description: string | undefined;
  readonly error: unknown;
}

/** The pages that oidc-provider asks for. */
export interface ProviderPages {
  problem(ctx: KoaContextWithOIDC, problem: ShownProblem): void;
  /** `form`: oidc-provider's form with the id `op.logoutForm`. */
  logOut(ctx: KoaContextWithOIDC, form: string): void;
  loggedOut(ctx: KoaContextWithOIDC): void;
}

/** What the authorization server is made from. */
export interface OidcParts extends GrantParts {
  readonly config: IdentityConfig;
  readonly secrets: IdentitySecrets;
  readonly accounts: Collection<AccountRecord>;
  readonly adapter: AdapterFactory;
  readonly pages: ProviderPages;
}
