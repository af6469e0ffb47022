import { DATATYPES } from '../datatypes/index.ts';
import { RESOURCES } from '../resources/specs.ts';
import { choiceName, parseElement } from './spec.ts';
import type { Elements, ParsedElement, TypeSpec } from './spec.ts';

const BASE: Elements = { id: '0..1 string', extension: '0..* Extension' };
const RESOURCE: Elements = {
  id: '0..1 Σ id',
  meta: '0..1 Σ Meta',
  implicitRules: '0..1 Σ uri',
  language: '0..1 code',
};

/** What a type has beside its own elements (Element, BackboneElement, Resource, DomainResource). */
export const INHERITED: Readonly<Record<TypeSpec['kind'], Elements>> = {
  Element: BASE,
  BackboneElement: { ...BASE, modifierExtension: '0..* Σ Extension' },
  Resource: RESOURCE,
  DomainResource: {
    ...RESOURCE,
    text: '0..1 Narrative',
    contained: '0..* Resource',
    extension: '0..* Extension',
    modifierExtension: '0..* Extension',
  },
};

/** The spec of a resource type or datatype of R4 that is known here. */
export function specOf(type: string): TypeSpec | undefined {
  return RESOURCES[type] ?? DATATYPES[type];
}

/** All elements of a type with those that it inherits. */
export function elementsIn(spec: TypeSpec): Elements {
  return { ...INHERITED[spec.kind], ...spec.elements };
}

interface NamedElements {
  readonly summary: readonly string[];
  readonly mandatory: readonly string[];
}

const known = new Map<string, NamedElements>();

/** The elements of a resource type that its summary has, and those that it must have; read from the spec once. */
export function elementsOf(type: string): NamedElements | undefined {
  const spec = RESOURCES[type];
  if (!spec) return undefined;
  const elements = known.get(type) ?? namedElements(spec);
  known.set(type, elements);
  return elements;
}

function namedElements(spec: TypeSpec): NamedElements {
  const parsed = Object.entries(elementsIn(spec)).map(
    ([name, element]) => [name, parseElement(name, element)] as const,
  );
  const names = (wanted: (element: ParsedElement) => boolean): string[] =>
    parsed.filter(([, element]) => wanted(element)).map(([name]) => name);
  return { summary: names(({ isSummary }) => isSummary), mandatory: names(({ min }) => min > 0) };
}

/**
 * The FHIRPath of a JSON path: `['name', 0, 'family']` of a Patient is `Patient.name[0].family`; `deceasedBoolean` is `deceased`,
 * and `_birthDate` is `birthDate`.
 */
export function fhirPath(type: string, path: readonly PropertyKey[]): string {
  const spec = specOf(type);
  let at: Place = { path: type, elements: spec && elementsIn(spec), root: spec?.elements };
  for (const step of path) at = stepInto(at, step);
  return at.path;
}

interface Place {
  readonly path: string;
  /** Undefined where no type is known. */
  readonly elements: Elements | undefined;
  /** Of the type that the place is in, for elements with the content of another. */
  readonly root: Elements | undefined;
}

function stepInto(at: Place, step: PropertyKey): Place {
  if (typeof step === 'number') return { ...at, path: `${at.path}[${String(step)}]` };
  const key = String(step);
  if (key.startsWith('_')) return { path: `${at.path}.${key.slice(1)}`, elements: BASE, root: BASE };
  const found = at.elements && lookUp(at.elements, key);
  if (!found) return { path: `${at.path}.${key}`, elements: undefined, root: undefined };
  return { path: `${at.path}.${found.name}`, ...contentOf(found, at.root) };
}

function contentOf({ element, type }: Found, root: Elements | undefined): Pick<Place, 'elements' | 'root'> {
  const within = element.of ?? (element.sameAs === undefined ? undefined : contentAt(root, element.sameAs));
  if (within) return { elements: { ...INHERITED.BackboneElement, ...within }, root };
  const spec = type === undefined ? undefined : DATATYPES[type];
  return { elements: spec && elementsIn(spec), root: spec?.elements };
}

interface Found {
  readonly name: string;
  readonly element: ParsedElement;
  readonly type: string | undefined;
}

function lookUp(elements: Elements, key: string): Found | undefined {
  const own = Object.hasOwn(elements, key) ? elements[key] : undefined;
  if (own !== undefined) {
    const element = parseElement(key, own);
    return { name: key, element, type: element.types[0]?.name };
  }
  for (const [name, line] of Object.entries(elements)) {
    const element = parseElement(name, line);
    const { stem } = element;
    const type =
      stem === undefined ? undefined : element.types.find((one) => choiceName(stem, one.name) === key);
    if (stem !== undefined && type) return { name: stem, element, type: type.name };
  }
  return undefined;
}

/** The elements at a path such as `entry.link`. */
export function contentAt(root: Elements | undefined, path: string): Elements | undefined {
  return path.split('.').reduce<Elements | undefined>((elements, name) => {
    const element = elements?.[name];
    return typeof element === 'object' ? element.of : undefined;
  }, root);
}
