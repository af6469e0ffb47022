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

/** A resource as somebody is shown it who is not shown these elements; nor its narrative, which may repeat them. */
export function withoutElements<R extends Json>(resource: R, without: readonly string[]): R {
  const hidden = hiddenIn(resource, without);
  if (hidden.length === 0) return resource;
  const shown: Record<string, unknown> = { ...resource };
  delete shown['text'];
  for (const entry of hidden) {
    const left = entry.where ? listed(shown[entry.element]).filter((item) => !isHidden(entry, item)) : [];
    if (left.length > 0) shown[entry.element] = left;
    else {
      delete shown[entry.element];
      delete shown[`_${entry.element}`];
    }
  }
  return shown as R;
}

/** What somebody wrote who is not shown these elements: they stay as they are stored, whatever was sent. */
export function keepElements<R extends Json>(stored: Json, sent: R, without: readonly string[]): R {
  const kept: Record<string, unknown> = { ...sent };
  for (const entry of hiddenIn(sent, without)) {
    const { element } = entry;
    if (entry.where) {
      const items = [
        ...listed(sent[element]).filter((item) => !isHidden(entry, item)),
        ...listed(stored[element]).filter((item) => isHidden(entry, item)),
      ];
      if (items.length > 0) kept[element] = items;
      else delete kept[element];
    } else {
      for (const name of [element, `_${element}`]) {
        if (stored[name] === undefined) delete kept[name];
        else kept[name] = stored[name];
      }
    }
  }
  return kept as R;
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
