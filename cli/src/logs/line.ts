/** One line of a pod's log. */
export interface LogLine {
  /** As kubelet noted it (RFC 3339 with nanoseconds), for the order. */
  time: string;
  pod: string;
  text: string;
}

export const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof LEVELS)[number];

/** Splits the time that the API server puts before each line (`timestamps=true`) from the line. */
export function parseLine(raw: string, pod: string): LogLine | undefined {
  const [, time, text] = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)) ?(.*)$/s.exec(raw) ?? [];
  return time === undefined || text === undefined ? undefined : { time, pod, text };
}

/** The order of what happened; digits after the point may be more or fewer, so the texts cannot be compared as they are. */
export function compareTimes(a: LogLine, b: LogLine): number {
  const [wholeA, partA] = splitTime(a.time);
  const [wholeB, partB] = splitTime(b.time);
  return Date.parse(wholeA) - Date.parse(wholeB) || Number(`0.${partA || 0}`) - Number(`0.${partB || 0}`);
}

function splitTime(time: string): [string, string] {
  const [, whole = '', part = '', zone = 'Z'] = /^([^.Z+]+)(?:\.(\d+))?(.*)$/.exec(time) ?? [];
  return [`${whole}${zone}`, part];
}

/** What services and operator write: JSON with these fields. `undefined` for anything else. */
export function parseRecord(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A line that only begins like JSON is shown as it is.
    return undefined;
  }
}

/** The level of a line; what is no record may be a crash's stack, and is never hidden. */
export function levelOf(text: string): Level {
  const level = parseRecord(text)?.['level'];
  return LEVELS.find((known) => known === level) ?? 'error';
}

export function isAtLeast(level: Level, least: Level): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(least);
}

const COLOUR: Readonly<Record<Level, string>> = {
  error: '\u001B[31m',
  warn: '\u001B[33m',
  info: '\u001B[32m',
  debug: '\u001B[2m',
};
const PLAIN = '\u001B[0m';

/** Shown already, or the same in every line. */
const KNOWN = new Set(['timestamp', 'level', 'message', 'instance', 'service', 'version']);

/** A line for people: time, level, pod, message, and the other fields as `name=value`. */
export function formatLine(line: LogLine, colour: boolean): string {
  const record = parseRecord(line.text);
  if (record === undefined) return `${line.time.slice(11, 23)} -     ${line.pod}  ${line.text}\n`;
  const level = levelOf(line.text);
  const name = level.toUpperCase().padEnd(5);
  const shown = colour ? `${COLOUR[level]}${name}${PLAIN}` : name;
  const time = textOf(record['timestamp'] ?? line.time).slice(11, 23);
  const fields = Object.entries(record)
    .filter(([field]) => !KNOWN.has(field))
    .map(([field, value]) => `${field}=${fieldText(value)}`);
  return `${[`${time} ${shown} ${line.pod} `, textOf(record['message'] ?? ''), ...fields].join(' ').trimEnd()}\n`;
}

/** One word, or quoted: a stack stays in its line. */
function fieldText(value: unknown): string {
  return typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
