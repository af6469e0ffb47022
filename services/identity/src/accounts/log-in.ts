import type { Access, AuditTrail, Request } from '@careplane/kit';
import type { Passwords } from '../passwords/passwords.ts';
import type { AccountRecord } from './account.ts';
import type { Accounts } from './accounts.ts';
import { ADMIN, sameText } from './admin-account.ts';
import type { KnownDevices } from './known-devices.ts';
import type { LogInLimits } from './log-in-limits.ts';
import { normalizeEmail } from './login-key.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** How a log-in by password ended. `cookies`: what the browser is to remember. */
export type LogInOutcome =
  | { readonly kind: 'ok'; readonly account: AccountRecord; readonly cookies: readonly string[] }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'limited'; readonly seconds: number };

/** Log-ins by password, with their limits. */
export interface LogIns {
  byPassword(req: Request, credentials: Credentials): Promise<LogInOutcome>;
  /** The password of somebody who is logged in, again, before a change that matters. */
  confirm(req: Request, account: AccountRecord, password: string): Promise<'right' | 'wrong' | 'limited'>;
  /** The cookie that makes a browser known to an account. */
  remember(req: Request, account: AccountRecord): string;
  /** Notes a log-in. @returns whether its browser is news to the owner: new to the account, and not the first of all */
  isNews(req: Request, account: AccountRecord): Promise<boolean>;
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
  const { accounts, limits, devices } = parts;
  return {
    remember: (req, account) => devices.remember(req, account),
    async isNews(req, account): Promise<boolean> {
      await parts.audit.record([accessOf(account, 'log-in', 'granted')]);
      const isFirst = await accounts.noteLogIn(account);
      return !isFirst && devices.markOf(req, account) === undefined;
    },
    async confirm(req, account, password) {
      const at = { account: account._id, address: req.ip ?? 'unknown', device: 'confirm' };
      const attempt = await limits.attempt(at);
      if ('wait' in attempt) {
        await parts.audit.record([accessOf(account, 'confirm-password', 'denied', 'limited')]);
        return 'limited';
      }
      if (!(await isRight(parts, account, password))) {
        await parts.audit.record([accessOf(account, 'confirm-password', 'denied', 'wrong')]);
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
      const denied = (reason: string): Promise<void> =>
        parts.audit.record([accessOf(account, 'log-in', 'denied', reason)]);
      if ('wait' in attempt) {
        await denied('limited');
        return { kind: 'limited', seconds: attempt.wait };
      }
      const fits = await isRight(parts, account, credentials.password);
      if (!account || !fits || account.status === 'disabled') {
        await denied(fits ? 'disabled' : 'wrong');
        return { kind: 'wrong' };
      }
      await attempt.succeeded();
      return { kind: 'ok', account, cookies: [devices.remember(req, account)] };
    },
  };
}

/** What is recorded of an attempt: the account when there is one, and never the name that was typed. */
function accessOf(
  account: AccountRecord | undefined,
  action: string,
  outcome: Access['outcome'],
  reason?: string,
): Access {
  return {
    action,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    agent: account ? { role: account.role, account: account._id } : { role: 'unknown' },
    entities: account ? [{ type: 'account', id: account._id }] : [],
  };
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
