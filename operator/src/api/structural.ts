import * as z from 'zod';

/** A node of an `openAPIV3Schema` in a CRD. */
export interface SchemaNode {
  type?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  items?: SchemaNode;
  additionalProperties?: SchemaNode;
  anyOf?: SchemaNode[];
  enum?: unknown[];
  [keyword: string]: unknown;
}

/** What a structural schema may hold; anything else from zod would be refused or silently dropped by the API server. */
const KEYWORDS = new Set([
  'type',
  'description',
  'default',
  'enum',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minItems',
  'maxItems',
  'maxProperties',
  'required',
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-int-or-string',
]);

/** Keywords of JSON Schema that say nothing to the API server: pruning already refuses unknown fields. */
const IGNORED = new Set(['$schema', 'propertyNames']);

/**
 * The structural schema of a zod schema: what a client may send. @throws TypeError for a type that has no structural form
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function structuralSchema(schema: z.ZodType): SchemaNode {
  return structural(z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' }) as SchemaNode, '');
}

function structural(node: SchemaNode, path: string): SchemaNode {
  const result: SchemaNode = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (KEYWORDS.has(keyword)) result[keyword] = plain(keyword, value);
    else if (!isNested(keyword) && !IGNORED.has(keyword)) {
      throw new TypeError(`${path}: ${keyword} has no place in a structural schema`);
    }
  }
  nest(result, node, path);
  if (node['x-kubernetes-int-or-string'] === true) result.anyOf = [{ type: 'integer' }, { type: 'string' }];
  return result;
}

/** zod writes a regular expression as JavaScript spells it, with escaped slashes. */
function plain(keyword: string, value: unknown): unknown {
  return keyword === 'pattern' ? String(value).replaceAll(String.raw`\/`, '/') : value;
}

function isNested(keyword: string): boolean {
  return ['properties', 'items', 'additionalProperties', 'anyOf'].includes(keyword);
}

function nest(result: SchemaNode, node: SchemaNode, path: string): void {
  if (node.properties !== undefined) {
    result.properties = Object.fromEntries(
      Object.entries(node.properties).map(([name, child]) => [name, structural(child, `${path}.${name}`)]),
    );
  }
  if (node.items !== undefined) result.items = structural(node.items, `${path}[]`);
  if (typeof node.additionalProperties === 'object') {
    result.additionalProperties = structural(node.additionalProperties, `${path}{}`);
  }
  if (node.anyOf !== undefined && node['x-kubernetes-int-or-string'] !== true) {
    throw new TypeError(`${path}: a union has no structural form`);
  }
}
