import { z } from 'zod';
import { DATATYPES } from '../datatypes/index.ts';
import { RESOURCES } from '../resources/specs.ts';
import { schemaOf } from '../schema/compile.ts';
import type { Json } from './responses.ts';

/** Always there: what every route may answer. */
const ALWAYS = ['Bundle', 'OperationOutcome'];

/** The JSON schemas of resource types and of every datatype that they use, by their names. */
export function componentsFor(types: readonly string[]): Json {
  const registry = z.registry<{ id: string }>();
  for (const type of ['Element', ...Object.keys(DATATYPES)]) registry.add(schemaOf(type), { id: type });
  for (const type of new Set([...ALWAYS, ...types.filter((name) => RESOURCES[name])])) {
    registry.add(schemaOf(type), { id: type });
  }
  const { schemas } = z.toJSONSchema(registry, {
    ...OPTIONS,
    uri: (id) => `#/components/schemas/${id}`,
  });
  const { [SHARED]: shared, ...named } = schemas as Record<string, { readonly $defs?: Json }>;
  return lifted({ ...named, ...shared?.$defs });
}

/** Where zod puts what several schemas use and nobody has named, such as an element that holds itself. */
const SHARED = '__shared';

/** The schemas side by side: a pointer into a schema's own `$defs` is none that OpenAPI's tools can follow. */
function lifted(schemas: Readonly<Record<string, unknown>>): Json {
  const whole = JSON.stringify(
    Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, withoutAddress(schema as object)]),
    ),
  );
  return JSON.parse(whole.replaceAll(`/${SHARED}#/$defs/`, '/')) as Json;
}

/** The resource type that a schema is the kit's own of: a document then refers to its component. */
export function typeOfSchema(schema: z.ZodType): string | undefined {
  return Object.keys(RESOURCES).find((type) => schemaOf(type) === schema);
}

/** A schema by itself. */
export function jsonSchemaOf(schema: z.ZodType): Json {
  return withoutAddress(z.toJSONSchema(schema, { ...OPTIONS, reused: 'inline' }));
}

const OPTIONS = { target: 'draft-2020-12', io: 'input', unrepresentable: 'any' } as const;

/** Within a document the address and dialect of each schema are the document's. */
function withoutAddress(schema: object): Json {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$id' && name !== '$schema'));
}
