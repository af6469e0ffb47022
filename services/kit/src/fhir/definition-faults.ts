import { RULES } from '@careplane/access';
import type { TypeRule } from '@careplane/access';
import type { ResourceDefinition } from './definition.ts';
import { fhirRoutes } from './routes.ts';
import type { FhirRoute } from './routes.ts';

const READS: ReadonlySet<string> = new Set(['read', 'vread', 'history', 'search']);

/**
 * What definitions lack that every route must have: a rule of access for its type and action, and documentation. A test of each
 * service expects none; `watchRoutes` of the kit's testing says which routes its tests have not reached.
 */
export function definitionFaults(
  definitions: readonly ResourceDefinition[],
  rules: Readonly<Record<string, TypeRule>> = RULES,
): string[] {
  return [
    ...fhirRoutes(definitions)
      .filter((route) => !isRuled(route, rules[route.type]))
      .map(({ method, path }) => `${method} ${path}: no rule of access`),
    ...definitions.flatMap(undocumented),
  ];
}

function isRuled({ action }: FhirRoute, rule: TypeRule | undefined): boolean {
  return Object.values(rule?.roles ?? {}).some((role) => {
    if (action.startsWith('$')) return role.operations?.[action] !== undefined;
    const right = READS.has(action) ? 'read' : action;
    return role[right as 'read' | 'create' | 'update' | 'delete'] !== undefined;
  });
}

function undocumented({
  type,
  documentation,
  searchParameters,
  operations = [],
}: ResourceDefinition): string[] {
  const parts: readonly (readonly [string, string])[] = [
    [type, documentation],
    ...Object.entries(searchParameters).map(
      ([name, parameter]) => [`${type}?${name}`, parameter.documentation] as const,
    ),
    ...operations.map((operation) => [`${type}/${operation.name}`, operation.documentation] as const),
  ];
  return parts.filter(([, text]) => text.trim().length < 5).map(([name]) => `${name}: no documentation`);
}
