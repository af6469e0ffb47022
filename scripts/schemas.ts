/** A JSON schema as plain JSON. */
export type Schema = Record<string, unknown>;

interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** The part of Kubernetes' OpenAPI v2 document that is read. */
export interface OpenApi {
  definitions: Record<string, Schema & { 'x-kubernetes-group-version-kind'?: GroupVersionKind[] }>;
}

export interface CustomResourceDefinition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

/** A schema and its file name as kubeconform's template `{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}` finds it. */
export interface NamedSchema {
  name: string;
  schema: Schema;
}

const INT_OR_STRING = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const REFERENCE = '#/definitions/';

/** One strict schema for each kind at the API: references resolved, unknown fields refused. */
export function kubernetesSchemas({ definitions }: OpenApi): NamedSchema[] {
  return Object.values(definitions).flatMap((definition) => {
    const kinds = definition['x-kubernetes-group-version-kind'] ?? [];
    const [only] = kinds;
    // Types such as DeleteOptions belong to every group; nobody writes them into a manifest.
    if (!only || kinds.length > 1) return [];
    return [{ name: schemaName(only), schema: inline(definition, definitions, []) as Schema }];
  });
}

/** The strict schemas of one CRD, one for each version. */
export function crdSchemas({ spec }: CustomResourceDefinition): NamedSchema[] {
  return spec.versions.map(({ name, schema }) => ({
    name: schemaName({ group: spec.group, version: name, kind: spec.names.kind }),
    schema: withMetadata(strict(schema.openAPIV3Schema) as Schema),
  }));
}

/** kubeconform takes the part of apiVersion before the slash for the group: in the core group that is the version. */
function schemaName({ group, version, kind }: GroupVersionKind): string {
  return `${kind.toLowerCase()}-${group || version}-${version}`;
}

/** A CRD's schema leaves the type's own fields open; those of every object are always there. */
function withMetadata(schema: Schema): Schema {
  const text = { type: 'string' };
  const properties = {
    apiVersion: text,
    kind: text,
    ...(schema['properties'] as Schema),
    metadata: { type: 'object' },
  };
  return { ...schema, properties };
}

function inline(node: unknown, definitions: OpenApi['definitions'], path: readonly string[]): unknown {
  if (Array.isArray(node)) return node.map((item) => inline(item, definitions, path));
  if (typeof node !== 'object' || node === null) return node;
  const reference = (node as Schema)['$ref'];
  if (typeof reference === 'string') return resolve(reference.slice(REFERENCE.length), definitions, path);
  const entries = Object.entries(node).map(
    ([key, value]) => [key, inline(value, definitions, path)] as const,
  );
  return strictObject(Object.fromEntries(entries));
}

function resolve(name: string, definitions: OpenApi['definitions'], path: readonly string[]): unknown {
  if (name === INT_OR_STRING || name === QUANTITY) return { type: ['string', 'number'] };
  // JSONSchemaProps, the type of a CRD's own schema, contains itself: below that anything goes.
  if (path.includes(name)) return {};
  return inline(definitions[name] ?? {}, definitions, [...path, name]);
}

function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  return strictObject(Object.fromEntries(Object.entries(node).map(([key, value]) => [key, strict(value)])));
}

/** Refuses unknown fields in an object that lists its fields; may be null where the API drops nulls. */
function strictObject(schema: Schema): Schema {
  const listed = schema['type'] === 'object' && typeof schema['properties'] === 'object';
  const open = 'additionalProperties' in schema || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema['x-kubernetes-int-or-string'] === true) return { ...schema, type: ['string', 'integer'] };
  return listed && !open ? { ...schema, additionalProperties: false } : schema;
}
