import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plannedChildren } from '../controllers/fixtures/planned-children.ts';
import { aBroker, aService, aStore } from '../controllers/healthcareservice/fixtures/objects.ts';
import type { Declared } from '../graph/model.ts';
import { createAuthority, type KeyPair } from '../pki/certificate.ts';
import { typeId } from '../runtime/keys.ts';
import type { AnyObject } from '../runtime/kube.ts';
import { aStack, onlyThese } from '../webhooks/fixtures/other-objects.ts';
import type { OtherObjects } from '../webhooks/validate/rule.ts';
import { findings } from '../webhooks/validate/rules.ts';
import { childNames, type Owner } from './child-names.ts';

const NOBODY: Declared = { services: [], stores: [], brokers: [] };
let pair: KeyPair;

beforeAll(async () => {
  pair = await createAuthority('test', Date.parse('2026-11-21T12:00:00Z'));
});

describe('childNames', () => {
  it.each([
    ['HealthcareService', aService('a')],
    ['EncryptedStore (mongodb)', aStore('db')],
    ['EncryptedStore (redis)', aStore('db', { engine: 'redis' })],
    ['MessageBroker', aBroker('q')],
    ['ObservabilityStack', aStack('monitoring')],
  ] as const)('knows every child that the controller of %s plans', (_, object) => {
    const known = new Set(childNames(object).map(({ type, name }) => `${type.kind} ${name}`));
    // Revisions and dashboards have names of their own kind's making.
    const named = plannedChildren(object, NOBODY, pair).filter(
      ({ kind, metadata }) => kind !== 'ControllerRevision' && !metadata.name.includes('-dashboard-'),
    );
    const planned = named.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(planned.length).toBeGreaterThan(4);
    expect(planned.filter((child) => !known.has(child))).toEqual([]);
  });

  it('no dashboard can have the name of another ConfigMap', async () => {
    const folder = fileURLToPath(new URL('../../../observability/dashboards', import.meta.url));
    const files = (await readdir(folder)).map((file) => file.replace(/\.json$/, ''));
    expect(files.length).toBeGreaterThan(0);
    const suffixes = [aService('x'), aStore('x'), aBroker('x'), aStack('x')]
      .flatMap((object) => childNames(object))
      .filter(({ type }) => type.kind === 'ConfigMap')
      .map(({ name }) => name.slice('x-'.length));
    expect(files.filter((file) => suffixes.some((suffix) => `-${file}`.endsWith(`-${suffix}`)))).toEqual([]);
    expect(files.filter((file) => file.includes('-dashboard-'))).toEqual([]);
  });
});

/** Parts of which names of children end, so that names meet. */
const PARTS = [
  'a',
  'b',
  'nodes',
  'prometheus',
  'grafana',
  'config',
  'bindings',
  'rules',
  'tls',
  'admin',
  '0',
];
const name = fc
  .array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('-'))
  .filter((text) => /^[a-z]/.test(text) && text.length <= 40);
const edges = fc.record({
  stores: fc.uniqueArray(
    name.map((store) => ({ store })),
    { maxLength: 2, selector: ({ store }) => store },
  ),
  publishes: fc.boolean().map((does) => (does ? [{ event: 'a.b' }] : [])),
});
const object: fc.Arbitrary<Owner> = fc.oneof(
  fc.tuple(name, edges).map(([own, spec]) => aService(own, spec)),
  fc.tuple(name, fc.constantFrom('mongodb', 'redis')).map(([own, engine]) => aStore(own, { engine })),
  name.map(aBroker),
  name.map(aStack),
);

/** Those of the objects that the webhook lets in, one after the other. */
function admitted(objects: readonly Owner[]): OtherObjects {
  let there = onlyThese();
  const listOf = {
    HealthcareService: 'services',
    EncryptedStore: 'stores',
    MessageBroker: 'brokers',
    ObservabilityStack: 'stacks',
  } as const;
  for (const one of objects) {
    const list = listOf[one.kind as keyof typeof listOf];
    const isNew = !there[list].some(({ metadata }) => metadata.name === one.metadata.name);
    if (isNew && findings(one, there).every(({ effect }) => effect === 'warn'))
      there = { ...there, [list]: [...there[list], one] };
  }
  return there;
}

/** What is in the namespace then: the children, and what Kubernetes makes from StatefulSets. */
function namesOf(child: AnyObject): string[] {
  const { metadata, spec } = child as AnyObject & { spec?: { replicas?: number } };
  const own = `${typeId(child)} ${metadata.name}`;
  if (child.kind !== 'StatefulSet') return [own];
  const pods = Array.from({ length: Math.max(3, spec?.replicas ?? 0) }, (_, at) => `${metadata.name}-${at}`);
  return [own, ...pods.flatMap((pod) => [`v1/Pod ${pod}`, `v1/PersistentVolumeClaim data-${pod}`])];
}

it('no two objects that are let into one namespace make something of the same type and name', () => {
  let several = 0;
  fc.assert(
    fc.property(fc.array(object, { minLength: 2, maxLength: 12 }), (objects) => {
      const there = admitted(objects);
      const owners: Owner[] = [...there.services, ...there.stores, ...there.brokers, ...there.stacks];
      if (owners.length > 1) several++;
      const names = owners.flatMap((owner) => plannedChildren(owner, there, pair)).flatMap(namesOf);
      expect(names.filter((one, at) => names.indexOf(one) !== at)).toEqual([]);
    }),
    { numRuns: 150 },
  );
  expect(several).toBeGreaterThan(100);
}, 60_000);
