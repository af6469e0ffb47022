import { conditionCatalogue, eventCatalogue } from '@careplane/operator/conditions';
import type { ConditionDescription, EventDescription, Reason } from '@careplane/operator/conditions';
import { Failure } from '../failure.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';

/** The pages of the documentation on the web, for users without a checkout. */
const PAGES = 'https://github.com/careplane/careplane/blob/main/';

/** `careplane explain [name]`: a condition with its reasons, or a reason wherever it occurs. */
export function explain(name: string | undefined, terminal: Terminal): number {
  terminal.out(name === undefined ? overview() : explanationOf(name));
  return 0;
}

function overview(): string {
  const rows = conditionCatalogue.map(({ type, kinds, meaning }) => [type, kinds.join(', '), meaning]);
  return table(['CONDITION', 'OF', 'MEANS'], rows);
}

/** @throws Failure for a name that nothing has, with names that are like it */
export function explanationOf(name: string): string {
  const wanted = name.toLowerCase();
  const condition = conditionCatalogue.find(({ type }) => type.toLowerCase() === wanted);
  // A word may be both, as Ready and Paused are: the condition has its reasons below it.
  if (condition !== undefined) return aboutCondition(condition);
  const parts = [
    ...conditionCatalogue.flatMap((entry) =>
      Object.entries(entry.reasons)
        .filter(([reason]) => reason.toLowerCase() === wanted)
        .map(([reason, found]) => aboutReason(entry, reason, found)),
    ),
    ...eventCatalogue.filter(({ reason }) => reason.toLowerCase() === wanted).map(aboutEvent),
  ];
  if (parts.length > 0) return parts.join('\n');
  throw new Failure(unknownName(name));
}

function aboutCondition({ type, kinds, meaning, informs, reasons }: ConditionDescription): string {
  const counts = informs === true ? '\n  It informs: Ready does not depend on it.' : '';
  const list = Object.entries(reasons).map(
    ([reason, entry]) => `${reason} (${entry.status})\n${body(entry)}`,
  );
  return `${type}, condition of ${kinds.join(', ')}\n  ${meaning}${counts}\n\n${list.join('\n')}`;
}

function aboutReason({ type, kinds }: ConditionDescription, reason: string, entry: Reason): string {
  return `${reason}, reason of ${type}=${entry.status} of ${kinds.join(', ')}\n${body(entry)}`;
}

function aboutEvent(entry: EventDescription): string {
  return `${entry.reason}, event about ${entry.kinds.join(', ')}\n${body(entry)}`;
}

function body({ meaning, remedy, page }: Pick<Reason, 'meaning' | 'remedy' | 'page'>): string {
  return [
    `  ${meaning}`,
    ...(remedy === undefined ? [] : [`  What to do: ${remedy}`]),
    ...(page === undefined ? [] : [`  More: ${PAGES}${page}`]),
    '',
  ].join('\n');
}

function unknownName(name: string): string {
  const all = [
    ...conditionCatalogue.flatMap(({ type, reasons }) => [type, ...Object.keys(reasons)]),
    ...eventCatalogue.map(({ reason }) => reason),
  ];
  const alike = [...new Set(all)].filter((known) => isAlike(known.toLowerCase(), name.toLowerCase())).sort();
  const hint =
    alike.length === 0 ? '`careplane explain` lists the conditions' : `there are: ${alike.join(', ')}`;
  return `there is no condition and no reason ${name}; ${hint}`;
}

/** One contains the other, or they begin alike. */
function isAlike(known: string, name: string): boolean {
  return known.includes(name) || name.includes(known) || known.slice(0, 5) === name.slice(0, 5);
}
