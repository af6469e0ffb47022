import { z } from 'zod';
import { DATATYPES } from '../datatypes/index.ts';
import { RESOURCES } from '../resources/specs.ts';
import { checkContained, checkElement, checkReferenceTarget, checkResource } from './checks.ts';
import { contentAt, elementsIn, INHERITED } from './elements.ts';
import { PRIMITIVES } from './primitives.ts';
import { choiceName, parseElement } from './spec.ts';
import type { Check, Elements, ElementType, Fault, ParsedElement, TypeSpec } from './spec.ts';

const compiled = new Map<string, z.ZodType>();

/** The schema of a datatype or resource type of R4, or `Element`: strict, and keeping all that R4 allows. @throws Error for an unknown type */
export function schemaOf(type: string): z.ZodType {
  const known = compiled.get(type);
  if (known) return known;
  if (type === 'Element') return primitiveElement();
  const spec = RESOURCES[type] ?? DATATYPES[type];
  if (!spec) throw new Error(`no such type: ${type}`);
  const schema = compile(spec);
  compiled.set(type, schema);
  return schema;
}

function compile(spec: TypeSpec): z.ZodType {
  const isResource = spec.kind === 'Resource' || spec.kind === 'DomainResource';
  const shape = {
    ...(isResource ? { resourceType: z.literal(spec.name) } : {}),
    ...shapeOf(elementsIn(spec), spec.elements),
  };
  const checks = [checkElement(elementsIn(spec)), ...(isResource ? [checkResource] : [])];
  return checked(z.strictObject(shape), [...checks, ...(spec.check ? [spec.check] : [])]);
}

/** @param root the elements of the whole type, for elements with the content of another */
function shapeOf(elements: Elements, root: Elements): Record<string, z.ZodType> {
  const shape: Record<string, z.ZodType> = {};
  for (const [name, line] of Object.entries(elements)) {
    const element = parseElement(name, line);
    if (element.types.length === 0) shape[name] = presence(element, backboneOf(element, root));
    for (const type of element.types) {
      const key = element.stem === undefined ? name : choiceName(element.stem, type.name);
      // of a choice one is needed, which no single element can know
      const schema = type.codes ? z.enum(type.codes) : schemaOfType(type);
      shape[key] = element.stem === undefined ? presence(element, schema) : schema.optional();
      if (isPrimitive(type)) shape[`_${key}`] = siblingOf(element);
    }
  }
  return shape;
}

function isPrimitive({ name }: ElementType): boolean {
  return Object.hasOwn(PRIMITIVES, name) && name !== 'xhtml';
}

function presence(element: ParsedElement, schema: z.ZodType): z.ZodType {
  const [only] = element.types;
  const item = element.isList && only && isPrimitive(only) ? schema.nullable() : schema;
  const whole = element.isList ? z.array(item).min(1, 'an empty list is no value') : item;
  return element.min === 0 ? whole.optional() : whole;
}

/** `_birthDate`: id and extensions of a primitive (hl7.org/fhir/R4/json.html#primitive). */
function siblingOf({ isList }: ParsedElement): z.ZodType {
  const element = z.lazy(() => primitiveElement());
  return (isList ? z.array(element.nullable()).min(1) : element).optional();
}

function primitiveElement(): z.ZodType {
  const known = compiled.get('Element');
  if (known) return known;
  const elements = INHERITED.Element;
  const schema = checked(z.strictObject(shapeOf(elements, elements)), [checkElement(elements)]);
  compiled.set('Element', schema);
  return schema;
}

function schemaOfType({ name, targets }: ElementType): z.ZodType {
  const primitive = PRIMITIVES[name];
  if (primitive) return primitive;
  if (name === 'Resource') return anyResource;
  const schema = z.lazy(() => schemaOf(name));
  return targets ? checked(schema, [checkReferenceTarget(targets)]) : schema;
}

function backboneOf(element: ParsedElement, root: Elements): z.ZodType {
  const of = element.of ?? contentAt(root, element.sameAs ?? '');
  if (!of) throw new Error('an element without content');
  return z.lazy(() => {
    const known = backbones.get(of);
    if (known) return known;
    const elements = { ...INHERITED.BackboneElement, ...of };
    const checks = [checkElement(elements), ...(element.check ? [element.check] : [])];
    const schema = checked(z.strictObject(shapeOf(elements, root)), checks);
    backbones.set(of, schema);
    return schema;
  });
}

const backbones = new WeakMap<Elements, z.ZodType>();

/** A resource of any type, contained or in a Bundle: by its schema when its type is known here. */
const anyResource: z.ZodType = z
  .looseObject({ resourceType: z.string().regex(/^[A-Z][A-Za-z]{1,63}$/, 'must be a resource type') })
  .superRefine((value, context) => {
    if (!RESOURCES[value.resourceType]) {
      checkContained(value, faultIn(context));
      return;
    }
    const parsed = schemaOf(value.resourceType).safeParse(value);
    for (const issue of parsed.error?.issues ?? []) context.addIssue({ ...issue });
  });

/** Rules are asked only of values whose elements are valid by themselves. */
function checked(schema: z.ZodType, checks: readonly Check[]): z.ZodType {
  return schema.superRefine((value, context) => {
    for (const check of checks) {
      if (context.issues.length > 0) return;
      check(value as Record<string, unknown>, faultIn(context));
    }
  });
}

function faultIn(context: z.core.$RefinementCtx): Fault {
  return (path, message) => {
    context.addIssue({ code: 'custom', path: [...path], message });
  };
}
