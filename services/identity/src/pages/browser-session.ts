import { createHash, randomBytes } from 'node:crypto';
import type { Collection, Request, Response } from '@careplane/kit';
import { isOver } from '../accounts/account.ts';
import type { AccountRecord } from '../accounts/account.ts';
import { ACCOUNT_CLIENT } from '../apps/own-apps.ts';
import { ENDPOINTS } from '../oidc/endpoints.ts';
import type { Providers } from '../oidc/provider.ts';

/** Who is logged in in this browser. */
export interface BrowserSession {
  readonly uid: string;
  readonly account: AccountRecord;
}

export interface BrowserSessions {
  of(req: Request, res: Response): Promise<BrowserSession | undefined>;
  /** Where to log in, and come back to the account's pages. */
  logInUrl(): string;
}

export function createBrowserSessions(
  providers: Providers,
  accounts: Collection<AccountRecord>,
  publicUrl: string,
): BrowserSessions {
  return {
    async of(req, res): Promise<BrowserSession | undefined> {
      const provider = await providers.current();
      const session = await provider.Session.get(provider.createContext(req, res));
      const { accountId, uid, loginTs } = session;
      const account = accountId === undefined ? null : await accounts.findOne({ _id: accountId });
      const isUsable = account && account.status !== 'disabled' && !isOver(account, loginTs);
      return isUsable ? { uid, account } : undefined;
    },
    logInUrl(): string {
      // The code is thrown away: what counts is the session. So nobody has the verifier either.
      const challenge = createHash('sha256').update(randomBytes(32)).digest('base64url');
      const query = new URLSearchParams({
        client_id: ACCOUNT_CLIENT,
        response_type: 'code',
        scope: 'openid',
        redirect_uri: `${publicUrl}/account/callback`,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      });
      return `${ENDPOINTS.authorization}?${query.toString()}`;
    },
  };
}
