import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface PolicyRule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
  verbs: string[];
}

/** The lists of charts/careplane/files/rbac.yaml. */
export interface Rules {
  namespaced: PolicyRule[];
  cluster: PolicyRule[];
  shard: PolicyRule[];
  webhooks: PolicyRule[];
  own: PolicyRule[];
  /** Of people who run `careplane plan`. */
  plan: PolicyRule[];
}

export function chartRules(): Rules {
  return parse(
    readFileSync(join(import.meta.dirname, '../../charts/careplane/files/rbac.yaml'), 'utf8'),
  ) as Rules;
}

/** The verbs of `wanted` that no rule grants for the type. */
export function missingVerbs(
  rules: readonly PolicyRule[],
  type: { apiVersion: string; plural: string },
  wanted: readonly string[],
): string[] {
  const group = type.apiVersion.includes('/') ? (type.apiVersion.split('/')[0] ?? '') : '';
  const granting = rules.filter(
    ({ apiGroups, resources }) => apiGroups?.includes(group) && resources?.includes(type.plural),
  );
  const granted = new Set(granting.flatMap(({ verbs }) => verbs));
  return wanted.filter((verb) => !granted.has(verb));
}
