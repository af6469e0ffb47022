import { isDeepStrictEqual } from 'node:util';

/** A resource, or a part of one, as plain JSON. */
type Json = Readonly<Record<string, unknown>>;

/** One entry of `without`. */
interface Hidden {
  readonly type: string;
  readonly element: string;
  /** Only items whose element has this value. */
  readonly where?: { readonly element: string; readonly value: string };
}

const ENTRY = /^([A-Z][A-Za-z]+)\.([a-z][A-Za-z]*)(?:\.where\(([a-z][A-Za-z]*)='([^']*)'\))?$/;

function parse(entry: string): Hidden {
  const [, type, element, name, value] = ENTRY.exec(entry) ?? [];
  if (type === undefined || element === undefined) throw new TypeError(`no element: ${entry}`);
  return { type, element, ...(name === undefined ? {} : { where: { element: name, value: value ?? '' } }) };
}

const isHidden = ({ where }: Hidden, item: unknown): boolean =>
  where === undefined || (item as Json | null)?.[where.element] === where.value;

const listed = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

function hiddenIn(resource: Json, without: readonly string[]): Hidden[] {
  return without.map(parse).filter(({ type }) => type === resource['resourceType']);
}

/**
 * A resource as somebody is shown it who is not shown these elements; nor its narrative, which may repeat them. So are the resources
 * that it contains or carries.
 */
export function withoutElements<R extends Json>(resource: R, without: readonly string[]): R {
  return without.length === 0 ? resource : (strip(resource, without) as R);
}

function strip(node: unknown, without: readonly string[]): unknown {
  if (Array.isArray(node)) return node.map((item) => strip(item, without));
  if (typeof node !== 'object' || node === null) return node;
  const own = shownOf(node as Json, without);
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [name, strip(value, without)]));
}

function shownOf(resource: Json, without: readonly string[]): Json {
  const hidden = hiddenIn(resource, without);
  if (hidden.length === 0) return resource;
  const shown = new Map(Object.entries(resource));
  shown.delete('text');
  for (const entry of hidden) {
    const left = entry.where ? listed(shown.get(entry.element)).filter((item) => !isHidden(entry, item)) : [];
    replace(shown, entry.element, left);
    if (left.length === 0) shown.delete(`_${entry.element}`);
  }
  return Object.fromEntries(shown);
}

/**
 * What somebody wrote who is not shown these elements: they stay as they are stored, whatever was sent; in the resources that it
 * contains, too. Its narrative, which was not shown either, stays where none was sent.
 */
export function keepElements<R extends Json>(stored: Json, sent: R, without: readonly string[]): R {
  const kept = new Map(Object.entries(sent));
  const hidden = hiddenIn(sent, without);
  for (const entry of hidden) {
    if (entry.where) replace(kept, entry.element, mixed(entry, stored, sent));
    else for (const name of [entry.element, `_${entry.element}`]) restore(kept, name, stored[name]);
  }
  if (hidden.length > 0 && sent['text'] === undefined && tellsStill(stored, sent, without))
    restore(kept, 'text', stored['text']);
  if (Array.isArray(sent['contained'])) kept.set('contained', containedIn(stored, sent, without));
  return Object.fromEntries(kept) as R;
}

/** A narrative that was generated says what the elements say: beside others it would say what is so no more. */
function tellsStill(stored: Json, sent: Json, without: readonly string[]): boolean {
  if ((stored['text'] as Json | undefined)?.['status'] !== 'generated') return true;
  return isDeepStrictEqual(
    contentOf(withoutElements(stored, without)),
    contentOf(withoutElements(sent, without)),
  );
}

/** But for what the server sets. */
function contentOf(resource: Json): Json {
  return Object.fromEntries(Object.entries(resource).filter(([name]) => name !== 'meta' && name !== 'id'));
}

function containedIn(stored: Json, sent: Json, without: readonly string[]): unknown[] {
  const before = listed(stored['contained']) as Json[];
  return listed(sent['contained']).map((one) => {
    if (typeof one !== 'object' || one === null) return one;
    const { id, resourceType } = one as Json;
    const same = before.find((other) => other['id'] === id && other['resourceType'] === resourceType);
    return keepElements(same ?? {}, one as Json, without);
  });
}

/** The items that were sent and may be, and those that are stored and not shown. */
function mixed(entry: Hidden, stored: Json, sent: Json): unknown[] {
  return [
    ...listed(sent[entry.element]).filter((item) => !isHidden(entry, item)),
    ...listed(stored[entry.element]).filter((item) => isHidden(entry, item)),
  ];
}

function replace(elements: Map<string, unknown>, name: string, items: unknown[]): void {
  restore(elements, name, items.length > 0 ? items : undefined);
}

function restore(elements: Map<string, unknown>, name: string, value: unknown): void {
  if (value === undefined) elements.delete(name);
  else elements.set(name, value);
}

/** Search parameters by which a hidden element could be guessed. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  telecom: ['telecom', 'email', 'phone'],
  address: [
    'address',
    'address-city',
    'address-country',
    'address-postalcode',
    'address-state',
    'address-use',
  ],
  birthDate: ['birthdate'],
  reasonCode: ['reason-code'],
  reasonReference: ['reason-reference'],
  supportingInformation: ['supporting-info'],
};

/** Search parameters of a type that somebody may not use who is not shown these elements. */
export function hiddenParameters(type: string, without: readonly string[]): string[] {
  const elements = without.map(parse).filter((hidden) => hidden.type === type);
  const named = elements.flatMap(({ element }) => PARAMETERS[element] ?? []);
  return elements.length === 0 ? [] : [...new Set([...named, '_text', '_content'])];
}
