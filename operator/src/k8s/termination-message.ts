import { constants } from 'node:os';

/** Longest summary in a condition. */
const LIMIT = 200;

/** Fields of a log line that hold what happened, in the order in which they are put together. */
const FIELDS = ['message', 'error', 'code', 'reason'] as const;

/**
 * What a condition may show of a container's last termination message (the end of its log). A log may hold patients' data, and no pattern
 * recognises a name, so only two things are shown: of our services' JSON log lines the last error; of anything else the class of an error
 * (`TypeError`) and the system's code (`ECONNREFUSED`). One line, at most 200 characters; `undefined` when there is none.
 */
export function terminationSummary(terminationMessage: string | undefined): string | undefined {
  const lines = (terminationMessage ?? '').split('\n').map((line) => line.trim());
  const last = lines.map(summaryOf).findLast((summary) => summary !== undefined);
  if (last === undefined) return undefined;
  const text = last.replaceAll(/\s+/g, ' ').trim();
  return text.length > LIMIT ? `${text.slice(0, LIMIT - 1)}…` : text;
}

/** What could be, or lead to, a person or a secret; a pattern too wide costs a word, one too narrow a disclosure. */
const SENSITIVE: readonly [RegExp, string][] = [
  // user:password@host, and the rest of the connection string behind it
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]*/gi, '[url]'],
  [/[^\s"'<>@,;:=()]+@[^\s"'<>@,;:=()]+/g, '[address]'],
  [/\beyJ[\w-]+(\.[\w-]*)*/g, '[token]'],
  [/\b(bearer|basic)\s+\S+/gi, '$1 [token]'],
  [
    /\b([\w-]*(password|passwd|pwd|secret|token|api[_-]?key|authorization|cookie)[\w-]*)(["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|[^\s,;]+)/gi,
    '$1$3[secret]',
  ],
  [
    /\b([\w-]*(patient|person|name|family|given|birth|dob|email|phone|telecom|address|street|city|ssn|mrn|insurance|subject|user)[\w-]*)(["']?\s*[:=]\s*)("[^"]*"?|'[^']*'?|\{.*|\[.*|[^,;]+)/gi,
    '$1$3[person]',
  ],
  [/\b(Patient|Practitioner|Person|RelatedPerson|Encounter|Appointment|Observation)\/[\w.-]+/g, '$1/[id]'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '[id]'],
  [/\b(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{20,}/gi, '[id]'],
  [/\b\d{4}-\d{2}-\d{2}\b/g, '[date]'],
  // telephone, insurance and record numbers: five digits or more, however they are set apart
  [/\+?\d(?:[ ./()-]?\d){4,}/g, '[number]'],
  [/"[^"]*"|\u201c[^\u201d]*\u201d|'[^']*'/g, '[quoted]'],
  [/\p{Lu}\p{Ll}+(?:[ '-]\p{Lu}\p{Ll}+)+/gu, '[name]'],
];

/** Takes out what no condition may show: it is read by more people than the log. */
function redact(text: string): string {
  return SENSITIVE.reduce((redacted, [pattern, mark]) => redacted.replaceAll(pattern, mark), text);
}

/** What may be said of a line; `undefined` when it tells of no error, or of none that may be told. */
function summaryOf(line: string): string | undefined {
  const entry = parsed(line);
  if (entry !== undefined && isOurs(entry)) return isError(entry) ? errorText(entry) : undefined;
  return entry === undefined && isStackFrame(line) ? undefined : codesOf(line);
}

/** Errors of our own services name classes, codes and what is missing; they are redacted all the same. */
function errorText(entry: Entry): string {
  const values = FIELDS.map((field) => entry[field]).filter(
    (value) => typeof value === 'string' || typeof value === 'number',
  );
  return redact(values.join(': '));
}

type Entry = Record<string, unknown>;

/** As the kit's logger writes it (services/kit/src/observe/logger.ts), or its last line when a service cannot even start (run.ts). */
function isOurs(entry: Entry): boolean {
  const isLogged = ['service', 'version', 'instance'].every((field) => typeof entry[field] === 'string');
  return isLogged || (entry['message'] === 'fatal' && typeof entry['error'] === 'string');
}

function isError({ level }: Entry): boolean {
  return level === 'error' || level === 'fatal';
}

/** Names of classes and of the system's errors: written by programmers, about no one. */
function codesOf(line: string): string | undefined {
  const classes = line.match(/\b[A-Z][A-Za-z]{0,60}(?:Error|Exception)\b/g) ?? [];
  const codes = (line.match(/\bE[A-Z0-9]{2,20}\b/g) ?? []).filter(
    (code) => code in constants.errno || code in DNS,
  );
  const found = [...new Set([...classes, ...codes])];
  return found.length === 0 ? undefined : found.join(': ');
}

/** Of name resolution, which Node's list of system errors lacks. */
const DNS = { ENOTFOUND: true, EAI_AGAIN: true, ESERVFAIL: true } as const;

function parsed(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Entry;
  } catch {
    // kubelet keeps the last 2 KiB: the first line may be cut.
    return undefined;
  }
}

/** Of Node.js (`at f (file:1:2)`), and the source line above it, which is code. */
function isStackFrame(line: string): boolean {
  return /^at\s/.test(line) || /^throw\s/.test(line);
}
