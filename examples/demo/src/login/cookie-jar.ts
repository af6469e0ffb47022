import { getSetCookies } from 'undici';
import type { Headers } from 'undici';

interface Kept {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/** Whether a cookie of this path is sent with a request for that one (RFC 6265, 5.1.4). */
function covers(cookiePath: string, path: string): boolean {
  if (!path.startsWith(cookiePath)) return false;
  return path.length === cookiePath.length || cookiePath.endsWith('/') || path[cookiePath.length] === '/';
}

/** The cookies of one user at one host, as a browser keeps them. */
export class CookieJar {
  readonly #kept = new Map<string, Kept>();

  /** Takes the cookies of an answer; one that has ended is forgotten. */
  take(url: URL, headers: globalThis.Headers): void {
    for (const cookie of getSetCookies(headers as unknown as Headers)) {
      const path = cookie.path ?? url.pathname.replace(/\/[^/]*$/, '');
      const key = `${cookie.name};${path}`;
      const ends = cookie.expires === undefined ? Infinity : Number(cookie.expires);
      if (ends <= Date.now() || (cookie.maxAge ?? 1) <= 0) this.#kept.delete(key);
      else this.#kept.set(key, { name: cookie.name, value: cookie.value, path: path === '' ? '/' : path });
    }
  }

  /** The `Cookie` header of a request; empty when there is none to send. The longest path comes first. */
  header(url: URL): string {
    return [...this.#kept.values()]
      .filter(({ path }) => covers(path, url.pathname))
      .sort((a, b) => b.path.length - a.path.length)
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }
}
