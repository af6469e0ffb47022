import { describe, expect, it } from '@jest/globals';
import { readSettings } from '../../operator/src/config.ts';
import { controllers } from '../../operator/src/controllers/index.ts';
import { chartRules, missingVerbs } from './rbac.ts';
import type { PolicyRule } from './rbac.ts';

const rules = chartRules();
const everyRule: PolicyRule[] = [
  ...rules.namespaced,
  ...rules.cluster,
  ...rules.shard,
  ...rules.webhooks,
  ...rules.own,
  ...rules.plan,
];
const all = controllers(readSettings([], {}));
const named = <T extends { plural: string }>(types: readonly T[]): [string, T][] => [
  ...new Map(types.map((type) => [type.plural, type])),
];

const READ = ['get', 'list', 'watch'];
const WRITE = [...READ, 'create', 'patch', 'delete'];

describe('the operator’s rights', () => {
  it('have no wildcard', () => {
    const words = everyRule.flatMap((rule) => [
      ...(rule.apiGroups ?? []),
      ...(rule.resources ?? []),
      ...(rule.nonResourceURLs ?? []),
      ...rule.verbs,
    ]);
    expect(words.filter((word) => word.includes('*'))).toEqual([]);
  });

  it('hold nothing with which more rights could be had', () => {
    const verbs = everyRule.flatMap((rule) => rule.verbs);
    expect(verbs.filter((verb) => ['bind', 'escalate', 'impersonate'].includes(verb))).toEqual([]);
  });

  it('do not include deleting data', () => {
    const claims = { apiVersion: 'v1', plural: 'persistentvolumeclaims' };
    expect(missingVerbs(rules.namespaced, claims, ['delete', 'deletecollection'])).toEqual([
      'delete',
      'deletecollection',
    ]);
  });

  it.each(named(all.map(({ type }) => type)))('let it reconcile %s', (plural, type) => {
    expect(missingVerbs(rules.namespaced, type, [...READ, 'patch'])).toEqual([]);
    expect(missingVerbs(rules.namespaced, { ...type, plural: `${plural}/status` }, ['patch'])).toEqual([]);
    expect(missingVerbs(rules.namespaced, { ...type, plural: `${plural}/finalizers` }, ['update'])).toEqual(
      [],
    );
  });

  it.each(named(all.flatMap(({ owns }) => owns)))('let it own %s', (_plural, type) => {
    expect(missingVerbs(rules.namespaced, type, WRITE)).toEqual([]);
  });

  it.each(named(all.flatMap(({ watches = [] }) => watches.map(({ type }) => type))))(
    'let it watch %s',
    (_plural, type) => {
      expect(missingVerbs(type.namespaced ? rules.namespaced : rules.cluster, type, READ)).toEqual([]);
    },
  );

  it('let it follow namespaces only as a shard', () => {
    const namespaces = { apiVersion: 'v1', plural: 'namespaces' };
    expect(missingVerbs(rules.namespaced, namespaces, READ)).toEqual(READ);
    expect(missingVerbs(rules.cluster, namespaces, READ)).toEqual(READ);
    expect(missingVerbs(rules.shard, namespaces, READ)).toEqual([]);
  });

  it('let it follow the definitions of exactly its kinds', () => {
    const definitions = { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions' };
    expect(missingVerbs(rules.cluster, definitions, READ)).toEqual([]);
    const names = all.map(({ type }) => `${type.plural}.${type.apiVersion.split('/')[0] ?? ''}`);
    const reading = rules.cluster.filter(
      ({ resources, verbs }) => resources?.includes(definitions.plural) && verbs.includes('list'),
    );
    expect(reading.map(({ resourceNames }) => [...(resourceNames ?? [])].sort())).toEqual([names.sort()]);
  });

  it('outside of the watched namespaces are about nothing that has a namespace', () => {
    const everywhere = [...rules.cluster, ...rules.shard].flatMap(({ resources = [] }) => resources);
    const namespaced = new Set(rules.namespaced.flatMap(({ resources = [] }) => resources));
    expect(everywhere.filter((resource) => namespaced.has(resource))).toEqual([]);
  });

  it('let it elect its leader and tell what happens', () => {
    const leases = { apiVersion: 'coordination.k8s.io/v1', plural: 'leases' };
    const events = { apiVersion: 'events.k8s.io/v1', plural: 'events' };
    expect(missingVerbs(rules.own, leases, ['get', 'create', 'update'])).toEqual([]);
    expect(missingVerbs(rules.namespaced, events, ['create', 'patch'])).toEqual([]);
  });

  it('let it look after webhooks and storage, of its own definitions only', () => {
    const definitions = { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions' };
    const verbs = ['get', 'patch'];
    expect(missingVerbs(rules.webhooks, definitions, verbs)).toEqual([]);
    expect(
      missingVerbs(rules.webhooks, { ...definitions, plural: `${definitions.plural}/status` }, verbs),
    ).toEqual([]);
    const ours = all.map(({ type }) => `${type.plural}.careplane.dev`).sort();
    for (const { resourceNames = [] } of rules.webhooks) expect([...resourceNames].sort()).toEqual(ours);
  });

  it('hold what Prometheus is granted, since nobody can grant what he does not hold', () => {
    expect(missingVerbs(rules.namespaced, { apiVersion: 'v1', plural: 'pods' }, READ)).toEqual([]);
  });
});

describe('the rights of those who plan', () => {
  const types = all.flatMap(({ type, owns, watches = [] }) => [
    type,
    ...owns,
    ...watches.map((one) => one.type),
  ]);

  it.each(named(types))('let them list %s', (_plural, type) => {
    expect(missingVerbs(rules.plan, type, ['list'])).toEqual([]);
  });

  it('let them write nothing', () => {
    const verbs = new Set(rules.plan.flatMap((rule) => rule.verbs));
    expect([...verbs].sort()).toEqual(['get', 'list']);
  });
});
