import type { Cause } from '../errors.ts';

/** As much of a `metav1.Status` as is there. */
export interface StatusAnswer {
  reason?: string;
  /** For people. Of an object that breaks rules: who says so, which fields, and why, but never what they hold. */
  message?: string;
  /** Of fields, without what they hold. */
  causes: Cause[];
  /** Where a list whose token is too old may go on (`metadata.continue`). */
  continue?: string;
}

/** Reads the answer of a refusal. Proxies and the server's own filters answer in plain text: then there is nothing to read. */
export function parseRefusal(text: string): StatusAnswer {
  const { reason, message, details, metadata } = statusIn(text);
  const given = causesOf(details);
  const isAboutFields = reason === 'Invalid' && given.length > 0;
  const causes = isAboutFields ? given.map((cause) => ({ ...cause, message: withoutValue(cause) })) : given;
  return {
    ...said('reason', reason),
    ...said('message', isAboutFields ? refusedBy(message) + listed(causes) : message),
    ...said('continue', (metadata as { continue?: unknown } | undefined)?.continue),
    causes,
  };
}

function statusIn(text: string): Partial<Record<'reason' | 'message' | 'details' | 'metadata', unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as object;
  } catch {
    return {};
  }
}

/** A field of the answer, where the server says something in it. */
function said(name: 'reason' | 'message' | 'continue', value: unknown): Partial<Record<typeof name, string>> {
  return typeof value === 'string' && value !== '' ? { [name]: value } : {};
}

function causesOf(details: unknown): Cause[] {
  const { causes } = (details ?? {}) as { causes?: Partial<Cause>[] };
  if (!Array.isArray(causes)) return [];
  return causes.map(({ reason = '', message = '', field = '' }) => ({ reason, message, field }));
}

/** An admission webhook names itself; the API server's own checks do not. */
function refusedBy(message: unknown): string {
  return /^admission webhook "[^"]*" denied the request: /.exec(String(message))?.[0] ?? '';
}

function listed(causes: readonly Cause[]): string {
  return causes.map(({ field, message }) => `${field}: ${message}`).join('; ');
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
function withoutValue({ message }: Cause): string {
  const { kind, rest = '' } = WITH_VALUE.exec(message)?.groups ?? {};
  if (kind === undefined) return message;
  const detail = WITHOUT_DETAIL.has(kind) ? '' : detailAfterValue(rest);
  return detail === '' ? kind : `${kind}: ${detail}`;
}

/** Words: of maps and lists the API server leaves the value out (`field.OmitValueType`). */
const PROSE = /^[a-z][^\s{}[\]"=:]* [^{}[\]"=:]*(?::|$)/i;

function detailAfterValue(rest: string): string {
  const quoted = QUOTED.exec(rest)?.[0];
  if (quoted !== undefined) return rest.slice(quoted.length + 2);
  return PROSE.test(rest) ? rest : (/.*: (.*)$/s.exec(rest)?.[1] ?? '');
}
