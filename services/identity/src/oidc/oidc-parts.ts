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

/** What an app is answered by a form that the browser sends to it (OAuth 2.0 Form Post Response Mode). */
export interface PostedAnswer {
  /** The app's redirect URI. */
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The pages that oidc-provider asks for. */
export interface ProviderPages {
  problem(ctx: KoaContextWithOIDC, problem: ShownProblem): void;
  /** `form`: oidc-provider's form with the id `op.logoutForm`. */
  logOut(ctx: KoaContextWithOIDC, form: string): void;
  loggedOut(ctx: KoaContextWithOIDC): void;
  backToApp(ctx: KoaContextWithOIDC, answer: PostedAnswer): void;
}

/** What the authorization server is made from. */
export interface OidcParts extends GrantParts {
  readonly config: IdentityConfig;
  readonly secrets: IdentitySecrets;
  readonly accounts: Collection<AccountRecord>;
  readonly adapter: AdapterFactory;
  readonly pages: ProviderPages;
}
