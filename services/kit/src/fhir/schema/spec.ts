/** Reports what is wrong, at a path below the value that is checked. */
export type Fault = (path: readonly (string | number)[], message: string) => void;

/** A rule between elements (an invariant of R4, or of safety) of a value whose elements are valid by themselves. */
export type Check = (value: Readonly<Record<string, unknown>>, fault: Fault) => void;

/**
 * Elements as R4 writes them: cardinality, `Σ` when it is in the summary, types. `0..1 Σ code(a | b)` has a required binding,
 * `Reference(A | B)` names its targets, `name` is a string that names somebody or something, `*` is any type, `#a.b` has the
 * content of another element. `x[x]` is a choice of types.
 */
export interface Elements {
  readonly [name: string]: string | Backbone;
}

/** An element with elements of its own (BackboneElement; within a datatype, Element). */
export interface Backbone {
  /** Cardinality, and `Σ`. */
  readonly is: string;
  readonly of: Elements;
  readonly check?: Check;
}

/** A datatype or resource type of FHIR R4. */
export interface TypeSpec {
  readonly name: string;
  readonly kind: 'Element' | 'BackboneElement' | 'Resource' | 'DomainResource';
  readonly elements: Elements;
  readonly check?: Check;
}

export interface ElementType {
  readonly name: string;
  /** Of a required binding. */
  readonly codes?: readonly string[];
  /** Of a Reference; absent: every type. */
  readonly targets?: readonly string[];
}

/** An element, read from its line. */
export interface ParsedElement {
  readonly min: number;
  readonly isList: boolean;
  readonly isSummary: boolean;
  readonly types: readonly ElementType[];
  /** Of a choice `value[x]` the part before the brackets. */
  readonly stem?: string;
  readonly of?: Elements;
  readonly check?: Check;
  /** The path of the element whose content it has. */
  readonly sameAs?: string;
}

const LINE = /^([01])\.\.([1*])( \u03a3)?(?: (\S.*))?$/;

/** Reads the line of an element. @throws Error for one that is written wrongly */
export function parseElement(name: string, element: string | Backbone): ParsedElement {
  const line = typeof element === 'string' ? element : element.is;
  const [, min, max, summary, types] = LINE.exec(line) ?? [];
  if (min === undefined) throw new Error(`${name}: not an element: ${line}`);
  return {
    min: Number(min),
    isList: max === '*',
    isSummary: summary !== undefined,
    ...(name.endsWith('[x]') ? { stem: name.slice(0, -3) } : {}),
    ...(typeof element === 'string'
      ? contentOf(types ?? '')
      : { types: [], of: element.of, ...(element.check ? { check: element.check } : {}) }),
  };
}

function contentOf(types: string): Pick<ParsedElement, 'types' | 'sameAs'> {
  if (types.startsWith('#')) return { types: [], sameAs: types.slice(1) };
  if (types === '*') return { types: ANY_TYPE };
  return { types: (types.match(/\w+(?:\([^)]*\))?/g) ?? []).map(typeOf) };
}

function typeOf(text: string): ElementType {
  const open = text.indexOf('(');
  if (open === -1) return { name: text };
  const [name, values] = [text.slice(0, open), text.slice(open + 1, -1).split(' | ')];
  return name === 'code' ? { name, codes: values } : { name, targets: values };
}

/** The JSON name of a choice: `valueString`. */
export function choiceName(stem: string, type: string): string {
  const plain = type === 'name' ? 'string' : type;
  return `${stem}${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
}

/** https://hl7.org/fhir/R4/datatypes.html#open */
const ANY_TYPE: readonly ElementType[] = [
  ...[
    'base64Binary',
    'boolean',
    'canonical',
    'code',
    'date',
    'dateTime',
    'decimal',
    'id',
    'instant',
    'integer',
  ],
  ...[
    'markdown',
    'oid',
    'positiveInt',
    'string',
    'time',
    'unsignedInt',
    'uri',
    'url',
    'uuid',
    'Address',
    'Age',
  ],
  ...[
    'Annotation',
    'Attachment',
    'CodeableConcept',
    'Coding',
    'ContactPoint',
    'Count',
    'Distance',
    'Duration',
  ],
  ...['HumanName', 'Identifier', 'Money', 'Period', 'Quantity', 'Range', 'Ratio', 'Reference', 'SampledData'],
  ...['Signature', 'Timing', 'ContactDetail', 'Contributor', 'DataRequirement', 'Expression'],
  ...['ParameterDefinition', 'RelatedArtifact', 'TriggerDefinition', 'UsageContext', 'Dosage', 'Meta'],
].map((name) => ({ name }));
