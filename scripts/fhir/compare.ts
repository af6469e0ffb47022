import { DATATYPES } from '../../services/kit/src/fhir/datatypes/index.ts';
import { RESOURCES } from '../../services/kit/src/fhir/resources/specs.ts';
import { elementsIn } from '../../services/kit/src/fhir/schema/elements.ts';
import { parseElement } from '../../services/kit/src/fhir/schema/spec.ts';
import type { Elements, ParsedElement } from '../../services/kit/src/fhir/schema/spec.ts';

/** An element as R4's StructureDefinition has it; a line of `validator.sh elements`. */
export interface DefinedElement {
  readonly path: string;
  readonly cardinality: string;
  readonly isSummary: boolean;
  readonly types: readonly string[];
  readonly targets: readonly string[];
  readonly binding?: string;
}

/** The types whose specs are compared. */
export const COMPARED = [...Object.keys(DATATYPES), ...Object.keys(RESOURCES)];

/** Bindings to lists that are not kept here (media types, currencies, types), and a URI that R4 writes as FHIRPath's string. */
const KNOWN = new Set([
  'Attachment.contentType',
  'Binary.contentType',
  'DataRequirement.type',
  'Extension.url',
  'Money.currency',
  'ParameterDefinition.type',
  'Signature.sigFormat',
  'Signature.targetFormat',
]);

/** How the specs of these types differ from R4's definitions. */
export function differences(defined: readonly DefinedElement[]): string[] {
  const ours = new Map(COMPARED.flatMap((type) => [...linesOf(type)]));
  const theirs = new Map(
    defined.filter(({ path }) => !isOfPrimitive(path)).map((element) => [element.path, lineOf(element)]),
  );
  const paths = new Set([...ours.keys(), ...theirs.keys()]);
  return [...paths].sort().flatMap((path) => {
    const [mine, theirLine] = [ours.get(path), theirs.get(path)];
    return mine === theirLine || KNOWN.has(path)
      ? []
      : [`${path}: here ${mine ?? 'none'}, in R4 ${theirLine ?? 'none'}`];
  });
}

/** Base elements of elements within a type are the same everywhere. */
function isOfPrimitive(path: string): boolean {
  return /\.(?:id|extension|modifierExtension)$/.test(path);
}

function lineOf({ cardinality, isSummary, types, targets, binding }: DefinedElement): string {
  const isChoice = types.length > 25;
  const plain = isChoice ? ['*'] : [...new Set(types.map(typeName))].sort();
  const to =
    targets.length === 0 || targets.includes('Resource')
      ? ''
      : ` to ${[...new Set(targets)].sort().join(',')}`;
  const bound = binding === 'required' && types[0] === 'code' ? ' bound' : '';
  return `${cardinality}${isSummary ? ' summary' : ''} ${plain.join('|')}${to}${bound}`;
}

function typeName(type: string): string {
  if (type.startsWith('http://hl7.org/fhirpath/')) return 'string';
  return type === 'Element' ? 'BackboneElement' : type;
}

function* linesOf(type: string): Iterable<readonly [string, string]> {
  const spec = RESOURCES[type] ?? DATATYPES[type];
  if (spec) yield* linesIn(type, elementsIn(spec));
}

function* linesIn(path: string, elements: Elements): Iterable<readonly [string, string]> {
  for (const [name, line] of Object.entries(elements)) {
    const at = `${path}.${name}`;
    if (isOfPrimitive(at)) continue;
    const element = parseElement(name, line);
    yield [at, ourLine(element)];
    if (element.of) yield* linesIn(at, element.of);
  }
}

function ourLine(element: ParsedElement): string {
  const { min, isList, isSummary, types } = element;
  return lineOf({
    path: '',
    cardinality: `${String(min)}..${isList ? '*' : '1'}`,
    isSummary,
    types: element.of ? ['BackboneElement'] : types.map(({ name }) => (name === 'name' ? 'string' : name)),
    targets: types.flatMap(({ targets = [] }) => targets),
    ...(types[0]?.codes ? { binding: 'required' } : {}),
  });
}
