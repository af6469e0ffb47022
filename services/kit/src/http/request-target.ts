/** Why a request target is refused, and with which status. */
export interface TargetFault {
  readonly status: 400 | 414;
  readonly detail: string;
}

/** Longer than any search that the services answer; a proxy in front has the same or less. */
const URL_BYTES = 8_192;

/**
 * Refuses a target that cannot be read, or that could mean something else to the next one who reads it (RFC 9110, 4.2.4;
 * RFC 3986, 6.2.2): characters that no URL has, broken percent-escapes, escapes that are no UTF-8, dot segments, empty
 * segments, escaped slashes, control characters.
 */
export function targetFault(url: string): TargetFault | undefined {
  if (url.length > URL_BYTES) return { status: 414, detail: 'The URL is too long' };
  if (!url.startsWith('/') || /[^\x21-\x7e]|#/.test(url)) return malformed('The URL is malformed');
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  if (isAmbiguous(path)) return malformed('The path is ambiguous');
  return url.includes('%') ? escapeFault(path, url) : undefined;
}

/**
 * Whether a path may mean something else to a service than it means here: dot segments, also encoded, empty segments,
 * encoded slashes, backslashes.
 */
export function isAmbiguous(path: string): boolean {
  return /\/\/|\\|%2f|%5c|\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path);
}

function escapeFault(path: string, url: string): TargetFault | undefined {
  if (/%(?:0[0-9a-f]|1[0-9a-f]|7f)/i.test(path) || /%00/.test(url))
    return malformed('The URL holds a control character');
  try {
    decodeURIComponent(url);
    return undefined;
  } catch {
    return malformed('The URL holds an escape that is no UTF-8');
  }
}

function malformed(detail: string): TargetFault {
  return { status: 400, detail };
}
