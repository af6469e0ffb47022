import type { Action } from './action.ts';
import type { Constraint } from './attributes.ts';
import { allOf, oneOf } from './constraint.ts';

/** The kinds of interaction that a scope names: create, read, update, delete, search. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

/** A SMART scope for resources (hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html). */
export interface ResourceScope {
  readonly level: 'patient' | 'user' | 'system';
  /** A resource type, or `*`. */
  readonly type: string;
  readonly permissions: readonly Permission[];
  /** Of a granular scope: which resources. */
  readonly only: Constraint;
}

const SCOPE = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(read|write|\*|c?r?u?d?s?)(?:\?(.+))?$/;

/** Scopes of SMART v1, as v2 reads them. */
const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

/** Reads a scope. @returns nothing for one that is not about resources, or says what is not known here: it grants nothing */
export function parseScope(scope: string): ResourceScope | undefined {
  const [, level, type, suffix, query] = SCOPE.exec(scope) ?? [];
  if (level === undefined || type === undefined || !suffix) return undefined;
  const only = query === undefined ? allOf([]) : parseQuery(query);
  if (only === undefined) return undefined;
  const permissions = Array.from(VERSION_1[suffix] ?? suffix) as Permission[];
  return { level: level as ResourceScope['level'], type, permissions, only };
}

/** `category=a,b&category=c`: of each parameter one of the values. Another parameter than `category` is not known. */
function parseQuery(query: string): Constraint | undefined {
  const parameters = [...new URLSearchParams(query)];
  if (parameters.some(([name, value]) => name !== 'category' || value === '')) return undefined;
  return allOf(parameters.map(([, value]) => oneOf('category', value.split(','))));
}

/** What an operation does with the resources of its type. One that is not here is refused. */
const OPERATIONS: Readonly<Record<string, readonly Permission[]>> = {
  $match: ['s'],
  $merge: ['u'],
  $unmerge: ['u'],
  $everything: ['r', 's'],
  '$break-glass': ['r'],
  '$emergency-access': ['r'],
  '$review-emergency-access': ['u'],
  '$place-legal-hold': ['u'],
  '$lift-legal-hold': ['u'],
  $erase: ['d'],
  '$approve-erasure': ['d'],
  '$withdraw-erasure': ['d'],
  $erasures: ['r'],
  $find: ['s'],
  $hold: ['c'],
  $book: ['c'],
  $validate: ['r'],
};

const INTERACTIONS: Readonly<Record<string, readonly Permission[]>> = {
  read: ['r'],
  vread: ['r'],
  history: ['r'],
  search: ['s'],
  create: ['c'],
  update: ['u'],
  delete: ['d'],
  export: ['r', 's'],
};

/** What a scope must permit for an action; nothing for an action that is not known. */
export function permissionsFor(action: Action): readonly Permission[] | undefined {
  const table = action.startsWith('$') ? OPERATIONS : INTERACTIONS;
  return Object.hasOwn(table, action) ? table[action] : undefined;
}
