import { referenceOf } from '../references.ts';
import { intervalOf } from '../search/dates.ts';
import { choiceName, parseElement } from './spec.ts';
import type { Check, Elements } from './spec.ts';

type Value = Readonly<Record<string, unknown>>;

/** What holds for every element: it has content, of a choice one type, and a `null` in a list stands for an extension. */
export function checkElement(elements: Elements): Check {
  const parsed = Object.entries(elements).map(([name, line]) => parseElement(name, line));
  const choices = parsed.filter(({ stem }) => stem !== undefined);
  return (value, fault) => {
    const keys = Object.keys(value).filter((key) => value[key] !== undefined);
    if (keys.every((key) => key === 'id')) fault([], 'an element needs a value or children');
    for (const { stem = '', types, min } of choices) {
      const present = types.map(({ name }) => choiceName(stem, name)).filter((key) => has(value, key));
      if (present.length > 1) fault([present[1] ?? stem], `only one type of ${stem} is allowed`);
      if (min > 0 && present.length === 0) fault([stem], 'is needed');
    }
    for (const key of keys) checkNulls(value, key, fault);
    checkModifiers(value, fault);
  };
}

function has(value: Value, key: string): boolean {
  return value[key] !== undefined || value[`_${key}`] !== undefined;
}

function checkNulls(value: Value, key: string, fault: Parameters<Check>[1]): void {
  const items = value[key];
  if (!Array.isArray(items)) return;
  const others: unknown = key.startsWith('_') ? value[key.slice(1)] : value[`_${key}`];
  items.forEach((item, index) => {
    const other: unknown = Array.isArray(others) ? others[index] : undefined;
    if (item === null && (other === null || other === undefined))
      fault([key, index], 'null stands for nothing here');
  });
}

/** What a modifier extension changes is not known here, and what is not understood must not be processed. */
function checkModifiers(value: Value, fault: Parameters<Check>[1]): void {
  const { modifierExtension } = value;
  if (!Array.isArray(modifierExtension)) return;
  modifierExtension.forEach((extension: { url?: unknown }, index) => {
    if (!KNOWN_MODIFIERS.has(String(extension.url))) {
      fault(['modifierExtension', index, 'url'], 'a modifier extension that is not understood');
    }
  });
}

/** URLs of modifier extensions whose meaning this code heeds. */
const KNOWN_MODIFIERS: ReadonlySet<string> = new Set();

/** What holds for every resource: rules that are not known are not followed; contained resources contain none (dom-2 to dom-5). */
export const checkResource: Check = (value, fault) => {
  if (value['implicitRules'] !== undefined) fault(['implicitRules'], 'rules that are not understood');
  const { contained } = value;
  if (!Array.isArray(contained)) return;
  if (contained.length > MOST_CONTAINED) {
    fault(['contained'], `at most ${String(MOST_CONTAINED)} contained resources`);
    return;
  }
  const referred = fragmentsIn(value);
  contained.forEach((inner: Value, index) => {
    if (inner['contained'] !== undefined)
      fault(['contained', index, 'contained'], 'a contained resource contains none');
    const id = inner['id'];
    if (typeof id !== 'string') {
      fault(['contained', index, 'id'], 'a contained resource needs an id');
      return;
    }
    if (!referred.has(`#${id}`) && !fragmentsIn(inner).has('#'))
      fault(['contained', index], 'a contained resource must be referred to');
  });
};

/** More contained resources than any record needs are refused. */
const MOST_CONTAINED = 100;

/** Every text that may be a reference within the resource, `#<id>` or `#`; each element is looked at once. */
function fragmentsIn(value: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const pending = [value];
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next === 'string' && next.startsWith('#')) found.add(next);
    else if (typeof next === 'object' && next !== null)
      for (const item of Object.values(next)) pending.push(item);
  }
  return found;
}

/** Of a resource whose type has no schema here. */
export const checkContained: Check = (value, fault) => {
  const { id, modifierExtension } = value;
  if (id !== undefined && (typeof id !== 'string' || !/^[A-Za-z0-9.-]{1,64}$/.test(id)))
    fault(['id'], 'must be an id');
  if (modifierExtension !== undefined)
    fault(['modifierExtension'], 'a modifier extension that is not understood');
  if (value['text'] !== undefined) fault(['text'], 'a narrative of a type that is not known here');
};

/** A literal reference must be to one of the types; what is not literal is not known. */
export function checkReferenceTarget(targets: readonly string[]): Check {
  return ({ reference, type }, fault) => {
    const target = referenceOf(reference);
    if (target && !targets.includes(target.type)) fault(['reference'], `must refer to ${targets.join(', ')}`);
    if (typeof type === 'string' && /^[A-Z]/.test(type) && !targets.includes(type))
      fault(['type'], `must be ${targets.join(', ')}`);
  };
}

/** Whether an end is before its beginning, whatever their precisions. */
export function endsBefore(start: unknown, end: unknown): boolean {
  if (typeof start !== 'string' || typeof end !== 'string') return false;
  const [from, to] = [intervalOf(start), intervalOf(end)];
  return from !== undefined && to !== undefined && to.end <= from.start;
}

/** Whether a CodeableConcept has one of these codes of a system. */
export function hasCoding(concept: unknown, system: string, codes: readonly string[]): boolean {
  const { coding } = (concept ?? {}) as { readonly coding?: readonly { system?: unknown; code?: unknown }[] };
  return (coding ?? []).some((one) => one.system === system && codes.includes(String(one.code)));
}

/** The name under which a choice has its value, such as `valueQuantity` of `value`; undefined: it has none. */
export function chosenOf(value: Value, stem: string): string | undefined {
  return Object.keys(value).find(
    (name) => name.startsWith(stem) && /^[A-Z]/.test(name.slice(stem.length)) && value[name] !== undefined,
  );
}
