import { conditionCatalogue, eventCatalogue } from '@careplane/operator/conditions';
import type { ConditionEntry, EventEntry, ReasonEntry } from '@careplane/operator/conditions';
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
  const rows = conditionCatalogue.map(({ type, kinds, means }) => [type, kinds.join(', '), means]);
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

function aboutCondition({ type, kinds, means, informs, reasons }: ConditionEntry): string {
  const counts = informs === true ? '\n  It informs: Ready does not depend on it.' : '';
  const list = Object.entries(reasons).map(
    ([reason, entry]) => `${reason} (${entry.status})\n${body(entry)}`,
  );
  return `${type}, condition of ${kinds.join(', ')}\n  ${means}${counts}\n\n${list.join('\n')}`;
}

function aboutReason({ type, kinds }: ConditionEntry, reason: string, entry: ReasonEntry): string {
  return `${reason}, reason of ${type}=${entry.status} of ${kinds.join(', ')}\n${body(entry)}`;
}

function aboutEvent(entry: EventEntry): string {
  return `${entry.reason}, event about ${entry.kinds.join(', ')}\n${body(entry)}`;
}

function body({ means, todo, page }: Pick<ReasonEntry, 'means' | 'todo' | 'page'>): string {
  return [
    `  ${means}`,
    ...(todo === undefined ? [] : [`  What to do: ${todo}`]),
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
