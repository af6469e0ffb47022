import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from '@careplane/kit';

/** The protection of forms against requests that other sites make (CSRF). */
export interface Forms {
  /** The token of a form; sets the cookie that it belongs to when the browser has none. `binding`: what it is about. */
  token(req: Request, res: Response, binding: string): string;
  /** Whether a submitted form is one of ours, of this browser, about this. */
  isGenuine(req: Request, binding: string): boolean;
}

export interface FormsOptions {
  /** The public origin: a form that says to come from another one is refused. */
  readonly origin: string;
  readonly keys: readonly string[];
}

export function createForms({ origin, keys }: FormsOptions): Forms {
  const secure = origin.startsWith('https:');
  const name = secure ? '__Host-form' : 'form';
  const [current = ''] = keys;
  const tokenOf = (key: string, secret: string, binding: string): string =>
    createHmac('sha256', key).update(`form\n${secret}\n${binding}`).digest('base64url');
  return {
    token(req, res, binding): string {
      const known = cookieOf(req, name);
      const secret =
        known !== undefined && SECRET.test(known) ? known : randomBytes(24).toString('base64url');
      if (secret !== known) {
        res.append(
          'set-cookie',
          `${name}=${secret}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`,
        );
      }
      return tokenOf(current, secret, binding);
    },
    isGenuine(req, binding): boolean {
      const secret = cookieOf(req, name);
      const token = textOf(req, 'csrf');
      if (secret === undefined || !SECRET.test(secret) || !isFromHere(req, origin)) return false;
      return keys.some((key) => isSame(token, tokenOf(key, secret, binding)));
    },
  };
}

const SECRET = /^[\w-]{32}$/;

/** Browsers say where a form comes from; programs may say nothing. */
function isFromHere(req: Request, origin: string): boolean {
  const from = req.get('origin');
  const site = req.get('sec-fetch-site');
  return (
    (from === undefined || from === origin) && (site === undefined || ['same-origin', 'none'].includes(site))
  );
}

/** A cookie of the request; undefined when there is none, or several of the name. */
export function cookieOf(req: Request, name: string): string | undefined {
  const pairs = (req.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  const found = pairs.filter((pair) => pair.startsWith(`${name}=`));
  return found.length === 1 ? found[0]?.slice(name.length + 1) : undefined;
}

/** A text field of a form; empty when it is missing or came twice. */
export function textOf(req: Request, name: string): string {
  const value = (req.body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}

/** The values of a field that may come several times. */
export function listOf(req: Request, name: string): string[] {
  const value = (req.body as Record<string, unknown> | undefined)?.[name];
  const values = Array.isArray(value) ? (value as unknown[]) : [value];
  return values.filter((one) => typeof one === 'string');
}

function isSame(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
