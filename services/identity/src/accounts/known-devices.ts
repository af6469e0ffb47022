import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request } from '@careplane/kit';
import { cookieOf } from '../pages/forms.ts';
import { endedAt } from './account.ts';
import type { AccountRecord } from './account.ts';

/**
 * Browsers in which somebody has logged in before: they keep their way in while others guess. Each has a mark of its own, which ends when
 * the password changes and when everything is ended: whoever was in then is new again.
 */
export interface KnownDevices {
  /** The device's mark for the account; undefined for a browser that is new to it. */
  markOf(req: Request, account: Remembered): string | undefined;
  /** The cookie that makes the browser known to the account. */
  remember(req: Request, account: Remembered): string;
}

export type Remembered = Pick<AccountRecord, '_id' | 'passwordChangedAt' | 'sessionsEndedAt'>;

/** How many accounts a browser remembers: a family's. */
const MOST = 5;
const SECONDS = 180 * 86_400;

export function createKnownDevices(origin: string, keys: readonly string[]): KnownDevices {
  const secure = origin.startsWith('https:');
  const name = secure ? '__Host-device' : 'device';
  const [current = ''] = keys;
  const mark = (key: string, account: Remembered, day: number, nonce: string): string => {
    const content = ['device', account._id, String(day), nonce, String(endedAt(account))].join('\n');
    return [day, nonce, createHmac('sha256', key).update(content).digest('base64url')].join('.');
  };
  const marksIn = (req: Request): string[] =>
    (cookieOf(req, name) ?? '').split('~').filter(Boolean).slice(0, MOST);
  const isMark = (text: string, account: Remembered): boolean => {
    const [day = '', nonce = ''] = text.split('.');
    if (!/^\d{1,6}$/.test(day) || Number(day) * 86_400_000 < Date.now() - SECONDS * 1000) return false;
    return keys.some((key) => isSame(text, mark(key, account, Number(day), nonce)));
  };
  return {
    markOf: (req, account) => marksIn(req).find((text) => isMark(text, account)),
    remember(req, account): string {
      const others = marksIn(req).filter((text) => !isMark(text, account));
      const day = Math.floor(Date.now() / 86_400_000);
      const today = mark(current, account, day, randomBytes(9).toString('base64url'));
      const value = [today, ...others].slice(0, MOST).join('~');
      const flags = `Path=/; Max-Age=${String(SECONDS)}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
      return `${name}=${value}; ${flags}`;
    },
  };
}

function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
