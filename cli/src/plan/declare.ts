import { NAME_MAX_LENGTH, NAME_PATTERN } from '@careplane/operator/api/fields';
import { API_VERSION, GROUP } from '@careplane/operator/api/group';
import type { KindDefinition } from '@careplane/operator/api/kind';
import { kinds } from '@careplane/operator/api/kinds';
import { structuralSchema } from '@careplane/operator/api/structural';
import type { SchemaNode } from '@careplane/operator/api/structural';
import type { CustomObject, ObjectMeta } from '@careplane/operator/runtime/kube';
import { Failure } from '../failure.ts';
import type { Manifest } from './manifests.ts';

/** An object of one of our kinds, as the API server would store it: checked, with all defaults. */
export interface Declaration {
  source: string;
  definition: KindDefinition;
  object: CustomObject<Record<string, unknown>>;
}

export interface Declarations {
  declared: Declaration[];
  /** What is not ours, as `Namespace clinic`: left alone, and said. */
  ignored: string[];
}

/**
 * Checks what somebody wrote against the schemas and fills the defaults in. The rules in CEL between fields only the API
 * server can check ({@link askServer}). @throws Failure that names every bad field by its path
 */
export function declare(manifests: readonly Manifest[], namespace: string): Declarations {
  const problems: string[] = [];
  const declared: Declaration[] = [];
  const ignored: string[] = [];
  for (const manifest of manifests) {
    const { apiVersion, kind } = manifest.object;
    if (typeof apiVersion !== 'string' || typeof kind !== 'string')
      problems.push(`${manifest.source}: apiVersion and kind are needed`);
    else if (apiVersion.split('/')[0] !== GROUP) ignored.push(`${kind} ${nameOf(manifest)}`);
    else declareOne(manifest, namespace, { declared, problems });
  }
  problems.push(...duplicates(declared));
  if (problems.length > 0) throw new Failure(problems.join('\n'));
  return { declared, ignored };
}

interface Results {
  declared: Declaration[];
  problems: string[];
}

function declareOne({ source, object }: Manifest, namespace: string, { declared, problems }: Results): void {
  const { apiVersion, kind, metadata, spec } = object;
  const definition = kinds.find((candidate) => candidate.kind === kind);
  if (definition === undefined || apiVersion !== API_VERSION) {
    const known = kinds.map((candidate) => candidate.kind).join(', ');
    problems.push(
      `${source}: there is no kind ${String(kind)} in ${String(apiVersion)}; ${API_VERSION} has ${known}`,
    );
    return;
  }
  const where = `${source}: ${definition.kind} ${nameOf({ source, object })}`;
  const parsed = definition.spec.safeParse(spec);
  const wrong = [
    ...nameProblems(metadata),
    ...unknownFields(spec, structuralSchema(definition.spec), 'spec'),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${pathOf(['spec', ...path])}: ${message}`),
  ];
  problems.push(...wrong.map((problem) => `${where}: ${problem}`));
  if (wrong.length > 0 || !parsed.success) return;
  const given = metadata as ObjectMeta;
  const complete = {
    apiVersion: API_VERSION,
    kind: definition.kind,
    metadata: { ...given, namespace: given.namespace ?? namespace },
    // As JSON: a field that is undefined is absent.
    spec: JSON.parse(JSON.stringify(parsed.data)) as Record<string, unknown>,
  };
  declared.push({ source, definition, object: complete });
}

function nameProblems(metadata: unknown): string[] {
  const name = (metadata as Partial<ObjectMeta> | undefined)?.name;
  if (typeof name !== 'string') return ['metadata.name: is needed'];
  if (name.length <= NAME_MAX_LENGTH && NAME_PATTERN.test(name)) return [];
  return [
    `metadata.name: must be at most ${String(NAME_MAX_LENGTH)} lower-case letters, digits and dashes, beginning with a letter`,
  ];
}

/** Fields that the schema does not have: the API server would drop them, or refuse the object. */
export function unknownFields(value: unknown, schema: SchemaNode, path: string): string[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return [];
    return value.flatMap((item, index) => unknownFields(item, items, `${path}[${String(index)}]`));
  }
  if (typeof value !== 'object' || value === null || schema.properties === undefined) return [];
  const { properties } = schema;
  return Object.entries(value).flatMap(([name, child]) => {
    const node = properties[name];
    if (node !== undefined) return unknownFields(child, node, `${path}.${name}`);
    return [`${path}.${name}: there is no such field; there are ${Object.keys(properties).join(', ')}`];
  });
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`))
    .join('')
    .slice(1);
}

function duplicates(declared: readonly Declaration[]): string[] {
  const seen = new Map<string, string>();
  return declared.flatMap(({ source, object: { kind, metadata } }) => {
    const id = `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
    const first = seen.get(id);
    seen.set(id, source);
    return first === undefined ? [] : [`${source}: ${id} is declared twice, first in ${first}`];
  });
}

function nameOf({ object }: Manifest): string {
  return (object['metadata'] as Partial<ObjectMeta> | undefined)?.name ?? '(without a name)';
}
