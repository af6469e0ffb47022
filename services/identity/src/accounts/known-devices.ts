import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request } from '@careplane/kit';
import { cookieOf } from '../pages/forms.ts';

/** Browsers in which somebody has logged in before: they keep their way in while others guess. */
export interface KnownDevices {
  /** The device's mark for the account; undefined for a browser that is new to it. */
  markOf(req: Request, accountId: string): string | undefined;
  /** The cookie that makes the browser known to the account. */
  remember(req: Request, accountId: string): string;
}

/** How many accounts a browser remembers: a family's. */
const MOST = 5;
const SECONDS = 180 * 86_400;

export function createKnownDevices(origin: string, keys: readonly string[]): KnownDevices {
  const secure = origin.startsWith('https:');
  const name = secure ? '__Host-device' : 'device';
  const [current = ''] = keys;
  const mark = (key: string, accountId: string, day: number): string =>
    `${String(day)}.${createHmac('sha256', key)
      .update(`device\n${accountId}\n${String(day)}`)
      .digest('base64url')}`;
  const marksIn = (req: Request): string[] =>
    (cookieOf(req, name) ?? '').split('~').filter(Boolean).slice(0, MOST);
  const isMark = (text: string, accountId: string): boolean => {
    const day = Number(text.split('.')[0]);
    if (!Number.isInteger(day) || day * 86_400_000 < Date.now() - SECONDS * 1000) return false;
    return keys.some((key) => isSame(text, mark(key, accountId, day)));
  };
  return {
    markOf: (req, accountId) => marksIn(req).find((text) => isMark(text, accountId)),
    remember(req, accountId): string {
      const others = marksIn(req).filter((text) => !isMark(text, accountId));
      const today = mark(current, accountId, Math.floor(Date.now() / 86_400_000));
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
