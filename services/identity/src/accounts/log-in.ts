import { securityAccess } from '@careplane/kit';
import type { AuditTrail, Request } from '@careplane/kit';
import type { Passwords } from '../passwords/passwords.ts';
import { accountEvent } from '../trail/account-event.ts';
import type { AccountRecord } from './account.ts';
import type { Accounts } from './accounts.ts';
import { ADMIN, sameText } from './admin-account.ts';
import type { KnownDevices } from './known-devices.ts';
import type { LogInLimits } from './log-in-limits.ts';
import { normalizeEmail } from './login-key.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** The app that asks for the log-in. */
  readonly client: string | undefined;
}

/** How a log-in by password ended. `cookies`: what the browser is to remember. */
export type LogInOutcome =
  | { readonly kind: 'ok'; readonly account: AccountRecord; readonly cookies: readonly string[] }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'limited'; readonly seconds: number };

/** How somebody has proved who they are (`amr`, RFC 8176), and in which app. */
export interface LogInProof {
  readonly amr: readonly string[];
  readonly client: string | undefined;
}

/** Log-ins by password, with their limits. */
export interface LogIns {
  byPassword(req: Request, credentials: Credentials): Promise<LogInOutcome>;
  /** The password of somebody who is logged in, again, before a change that matters. */
  confirm(req: Request, account: AccountRecord, password: string): Promise<'right' | 'wrong' | 'limited'>;
  /** The cookie that makes a browser known to an account. */
  remember(req: Request, account: AccountRecord): string;
  /** Records and notes a log-in. @returns whether its browser is news to the owner: new to the account, and not the first of all */
  isNews(req: Request, account: AccountRecord, proof: LogInProof): Promise<boolean>;
  /** Records that a log-in ends here: a second factor was wrong, a passkey is not known. */
  refused(account: AccountRecord | undefined, reason: string, client: string | undefined): Promise<void>;
}

export interface LogInParts {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly limits: LogInLimits;
  readonly devices: KnownDevices;
  /** Where each attempt is recorded before it is answered. */
  readonly audit: AuditTrail;
  /** The administrator's password of this moment: it is in the Secret, not in the database. */
  readonly adminPassword: () => string;
}

export function createLogIns(parts: LogInParts): LogIns {
  const { accounts, audit, limits, devices } = parts;
  const refused: LogIns['refused'] = (account, reason, client) =>
    audit.record([refusal(account, reason, client)]);
  return {
    refused,
    remember: (req, account) => devices.remember(req, account),
    async isNews(req, account, { amr, client }): Promise<boolean> {
      const also = amr.map((factor) => ({ type: 'factor', id: factor }));
      await audit.record([accountEvent('log-in', account, { client, also })]);
      const isFirst = await accounts.noteLogIn(account);
      return !isFirst && devices.markOf(req, account) === undefined;
    },
    async confirm(req, account, password) {
      const at = { account: account._id, address: req.ip ?? 'unknown', device: 'confirm' };
      const attempt = await limits.attempt(at);
      if ('wait' in attempt) {
        await audit.record([
          accountEvent('confirm-password', account, { outcome: 'denied', reason: 'limited' }),
        ]);
        return 'limited';
      }
      if (!(await isRight(parts, account, password))) {
        await audit.record([
          accountEvent('confirm-password', account, { outcome: 'denied', reason: 'wrong' }),
        ]);
        return 'wrong';
      }
      await attempt.succeeded();
      return 'right';
    },
    async byPassword(req, credentials): Promise<LogInOutcome> {
      const name = normalizeEmail(credentials.username);
      const account = await accounts.byName(name);
      const attempt = await limits.attempt({
        account: name,
        address: req.ip ?? 'unknown',
        device: account && devices.markOf(req, account),
      });
      if ('wait' in attempt) {
        await refused(account, 'limited', credentials.client);
        return { kind: 'limited', seconds: attempt.wait };
      }
      const fits = await isRight(parts, account, credentials.password);
      if (!account || !fits || account.status === 'disabled') {
        await refused(account, fits ? 'disabled' : 'wrong', credentials.client);
        return { kind: 'wrong' };
      }
      await attempt.succeeded();
      return { kind: 'ok', account, cookies: [devices.remember(req, account)] };
    },
  };
}

/** What is recorded of an attempt: the account when there is one, and never the name that was typed. */
function refusal(
  account: AccountRecord | undefined,
  reason: string,
  client: string | undefined,
): ReturnType<typeof accountEvent> {
  if (account) return accountEvent('log-in', account, { outcome: 'denied', reason, client });
  const agent = { role: 'unknown', ...(client === undefined ? {} : { client }) };
  return securityAccess({ kind: 'log-in', agent, outcome: 'denied', reason, entities: [] });
}

/** An unknown account costs what a wrong password costs. */
async function isRight(
  { passwords, adminPassword }: LogInParts,
  account: AccountRecord | undefined,
  password: string,
): Promise<boolean> {
  if (account?._id === ADMIN) return sameText(password, adminPassword());
  return passwords.verify(password.slice(0, 256), account?.passwordHash);
}
