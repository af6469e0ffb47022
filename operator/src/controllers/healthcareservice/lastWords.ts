/** Longest last words in a condition. */
const LIMIT = 200;

/** Fields of a log line that hold what happened, in the order in which they are put together. */
const FIELDS = ['message', 'error', 'code', 'reason'] as const;

/**
 * What a container said last, of its termination message: the end of its log, as kubelet keeps it. Our services log JSON lines
 * (winston); of those it is the last one that tells of an error, elsewhere the last line that looks like one.
 * Redacted, on one line, at most 200 characters; `undefined` when it said nothing.
 */
export function lastWords(terminationMessage: string | undefined): string | undefined {
  const lines = (terminationMessage ?? '').split('\n').map((line) => line.trim());
  const spoken = lines.filter((line) => line !== '' && !isStackFrame(line));
  const errors = spoken.filter(tellsOfError);
  const last = errors.at(-1) ?? spoken.at(-1);
  if (last === undefined) return undefined;
  const words = redact(wordsOf(last)).replaceAll(/\s+/g, ' ').trim();
  return words.length > LIMIT ? `${words.slice(0, LIMIT - 1)}…` : words;
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
  return SENSITIVE.reduce((redacted, [pattern, word]) => redacted.replaceAll(pattern, word), text);
}

function wordsOf(line: string): string {
  const entry = parsed(line);
  if (entry === undefined) return line;
  return FIELDS.map((field) => entry[field])
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .join(': ');
}

function tellsOfError(line: string): boolean {
  const entry = parsed(line);
  if (entry !== undefined) return entry['level'] === 'error' || entry['level'] === 'fatal';
  return /\b(error|exception|fatal|panic|failed|cannot|refused)\b|[A-Z]\w*(Error|Exception)\b/i.test(line);
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // kubelet keeps the last 2 KiB: the first line may be cut.
    return undefined;
  }
}

/** Of Node.js (`at f (file:1:2)`), and the source line and marker above them. */
function isStackFrame(line: string): boolean {
  return /^at\s/.test(line) || /^[\^~}\])]+[,;]?$/.test(line) || /^Node\.js v/.test(line);
}
