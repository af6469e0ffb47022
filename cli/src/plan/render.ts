import { shorten } from '../output/table.ts';
import type { Change } from './changes.ts';
import { HIDDEN, type FieldChange } from './field-changes.ts';
import type { Leaf } from './flatten.ts';
import type { CareplanePlan } from './make-plan.ts';

const SIGN = { create: '+', change: '~', delete: '-' } as const;
const COLOUR = { create: '\u001B[32m', change: '\u001B[33m', delete: '\u001B[31m' } as const;
const PLAIN = '\u001B[0m';

export interface RenderOptions {
  /** Every field of what is created, too. */
  details: boolean;
  colour: boolean;
}

/** The plan for people: what would be created, changed (field by field) and deleted, and one line that sums it up. */
export function renderPlan(plan: CareplanePlan, options: RenderOptions): string {
  const { changes } = plan;
  const namespaces = [...new Set(changes.map(({ namespace }) => namespace))].sort();
  const blocks = namespaces.map((namespace) =>
    [
      namespace,
      ...changes
        .filter((change) => change.namespace === namespace)
        .flatMap((change) => renderChange(change, options)),
    ].join('\n'),
  );
  return `${[...blocks, remarks(plan), summary(plan)].filter((part) => part !== '').join('\n\n')}\n`;
}

function remarks({ warnings, refused, failed }: CareplanePlan): string {
  return [
    ...warnings.map((text) => `warning: ${text}`),
    ...refused.map((text) => `refused: ${text}`),
    ...failed.map((text) => `failed: ${text}`),
  ].join('\n');
}

function renderChange(change: Change, { details, colour }: RenderOptions): string[] {
  const { action, kind, name, by, fields } = change;
  const head = `  ${SIGN[action]} ${kind} ${name}  (${by}${rollsPods(change) ? '; replaces its pods' : ''})`;
  const shown = action === 'change' || details ? fields.map(renderField) : [];
  return [colour ? `${COLOUR[action]}${head}${PLAIN}` : head, ...shown.map((line) => `      ${line}`)];
}

/** A workload whose pod template differs makes new pods. */
function rollsPods({ action, fields }: Change): boolean {
  return action === 'change' && fields.some(({ path }) => path.startsWith('spec.template.'));
}

function renderField({ path, from, to }: FieldChange): string {
  if (from === undefined) return `+ ${path}: ${show(to)}`;
  if (to === undefined) return `- ${path}: ${show(from)}`;
  return from === HIDDEN ? `~ ${path}: ${HIDDEN}` : `~ ${path}: ${showChange(from, to)}`;
}

/** Characters before the first difference of two long texts that are shown. */
const LEAD = 20;

/** Both values; of two long texts what is around their first difference. */
function showChange(from: Leaf, to: Leaf): string {
  if (typeof from !== 'string' || typeof to !== 'string') return `${show(from)} -> ${show(to)}`;
  let first = 0;
  while (first < from.length && from[first] === to[first]) first++;
  const start = first - LEAD;
  if (start <= LEAD) return `${show(from)} -> ${show(to)}`;
  return `${show(`…${from.slice(start)}`)} -> ${show(`…${to.slice(start)}`)}`;
}

function show(value: Leaf | undefined): string {
  const isPlain = typeof value === 'string' && value !== '';
  return shorten(isPlain ? value : JSON.stringify(value ?? null), 100);
}

function summary({ changes, refused, failed }: CareplanePlan): string {
  if (failed.length > 0) return 'The plan is not whole: see what failed. Nothing was written.';
  if (refused.length > 0) return 'Applying this would be refused. Nothing was written.';
  if (changes.length === 0) return 'No changes: the cluster is as declared.';
  const count = (action: Change['action']): string =>
    String(changes.filter((change) => change.action === action).length);
  return `Plan: ${count('create')} to create, ${count('change')} to change, ${count('delete')} to delete. Nothing was written.`;
}
