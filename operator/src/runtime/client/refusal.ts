import type { Cause } from '../errors.ts';

/** As much of a `metav1.Status` as is there. */
export interface StatusAnswer {
  reason?: string;
  /** For people. Of an object that breaks rules: which fields, and why, but never what they hold. */
  message?: string;
  causes: Cause[];
}

/** Reads the answer of a refusal. Proxies and the server's own filters answer in plain text: then there is nothing to read. */
export function parseRefusal(text: string): StatusAnswer {
  let parsed: { reason?: unknown; message?: unknown; details?: unknown } | null;
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch {
    return { causes: [] };
  }
  const causes = causesOf(parsed?.details);
  const isAboutFields = parsed?.reason === 'Invalid' && causes.length > 0;
  const message = isAboutFields ? causes.map(withoutValue).join('; ') : parsed?.message;
  return {
    ...(typeof parsed?.reason === 'string' ? { reason: parsed.reason } : {}),
    ...(typeof message === 'string' ? { message } : {}),
    causes,
  };
}

function causesOf(details: unknown): Cause[] {
  const { causes } = (details ?? {}) as { causes?: Partial<Cause>[] };
  if (!Array.isArray(causes)) return [];
  return causes.map(({ reason = '', message = '', field = '' }) => ({ reason, message, field }));
}

/** `Invalid value: <value>: <detail>`, as apimachinery's field.Error prints it: quoted text, or JSON of any length. */
const WITH_VALUE = /^(?<kind>Invalid value|Unsupported value|Duplicate value|Not found): (?<rest>.*)$/s;
const QUOTED = /^"(?:[^"\\]|\\.)*"/s;

/** Kinds after whose value nothing follows. */
const WITHOUT_DETAIL = new Set(['Duplicate value', 'Not found']);

/**
 * The value may be a whole object, longer than a log line, and may be nobody's business; what is wrong with it comes after it.
 * A value that is not quoted may hold anything, so of what follows only the last part is surely none of it.
 */
function withoutValue({ field, message }: Cause): string {
  const { kind, rest = '' } = WITH_VALUE.exec(message)?.groups ?? {};
  if (kind === undefined) return `${field}: ${message}`;
  const detail = WITHOUT_DETAIL.has(kind) ? '' : detailAfterValue(rest);
  return detail === '' ? `${field}: ${kind}` : `${field}: ${kind}: ${detail}`;
}

function detailAfterValue(rest: string): string {
  const quoted = QUOTED.exec(rest)?.[0];
  return quoted === undefined ? (/.*: (.*)$/s.exec(rest)?.[1] ?? '') : rest.slice(quoted.length + 2);
}
