/** Why the headers of a request are refused, and with which status. */
export interface HeaderFault {
  readonly status: 400 | 431;
  readonly detail: string;
}

/** Together with names; more than a browser with cookies and a token of 8 KiB sends. */
const HEADER_BYTES = 16_384;
const HEADERS = 100;

/**
 * Headers that have one value: of two, one reader takes the first and another the last (RFC 9110, 5.3). Node joins some with a
 * comma and drops the second of others without a word.
 */
const SINGLE = new Set([
  'host',
  'authorization',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'if-none-exist',
  'idempotency-key',
  'dpop',
  'origin',
  'expect',
  'range',
  'traceparent',
  'x-forwarded-host',
  'x-forwarded-proto',
  'forwarded',
]);
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]{0,253})|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** Refuses headers that are too many, too large, given twice though they have one value, or that frame a body in a way that readers understand differently. */
export function headerFault(raw: readonly string[], method: string): HeaderFault | undefined {
  if (raw.length > 2 * HEADERS) return { status: 431, detail: 'There are too many headers' };
  const single = new Map<string, string>();
  let bytes = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i]?.toLowerCase(), raw[i + 1]];
    bytes += name.length + value.length;
    if (!SINGLE.has(name)) continue;
    if (single.has(name)) return { status: 400, detail: `The header ${name} is given twice` };
    single.set(name, value);
  }
  if (bytes > HEADER_BYTES) return { status: 431, detail: 'The headers are too large' };
  return hostFault(single) ?? framingFault(single, method);
}

function hostFault(single: ReadonlyMap<string, string>): HeaderFault | undefined {
  return HOST.test(single.get('host') ?? '') ? undefined : refused('The header host is malformed');
}

function framingFault(single: ReadonlyMap<string, string>, method: string): HeaderFault | undefined {
  const [length, encoding] = [single.get('content-length'), single.get('transfer-encoding')];
  if (length !== undefined && encoding !== undefined) return refused('The length of the body is said twice');
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked')
    return refused('The transfer-encoding is not supported');
  const hasBody = encoding !== undefined || Number(length ?? 0) !== 0;
  if (hasBody && (method === 'GET' || method === 'HEAD')) return refused(`${method} has no body`);
  return undefined;
}

function refused(detail: string): HeaderFault {
  return { status: 400, detail };
}
