import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { parseAllDocuments } from 'yaml';
import { kinds } from '../api/kinds.ts';
import type { CustomObject } from '../runtime/kube.ts';
import { FaultClinic } from './fixtures/fault-clinic.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples/clinic');

type Example = CustomObject<unknown>;

/** What users write: the clinic, and the example of each kind's reference page in a namespace of its own. */
const EXAMPLE_OBJECTS: Example[] = [
  ...readdirSync(EXAMPLES)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .flatMap((file) => parseAllDocuments(readFileSync(join(EXAMPLES, file), 'utf8')))
    .map((document) => document.toJS() as Example),
  ...kinds.map(({ example }) => {
    const object = parseAllDocuments(example)[0]?.toJS() as Example;
    return { ...object, metadata: { ...object.metadata, namespace: 'reference' } };
  }),
];

let clinic: FaultClinic;

function pathOf({ kind, metadata }: Example): string {
  const plural = kinds.find((definition) => definition.kind === kind)?.plural ?? '';
  return `/apis/careplane.dev/v1alpha1/namespaces/${metadata.namespace ?? ''}/${plural}/${metadata.name}`;
}

const nameOf = ({ kind, metadata }: Example): string =>
  `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;

function applyAs(
  manager: string,
  object: Example,
  query = '',
): ReturnType<FaultClinic['server']['api']['request']> {
  return clinic.server.api.request('PATCH', `${pathOf(object)}?fieldManager=${manager}${query}`, {
    body: object,
    contentType: 'application/apply-patch+yaml',
  });
}

async function live(object: Example): Promise<Example> {
  return (await clinic.server.api.demand('GET', pathOf(object))) as Example;
}

/** Without what each write changes. */
function content({ metadata, ...rest }: Example): object {
  return { ...rest, metadata: { ...metadata, managedFields: [], resourceVersion: '' } };
}

const specs = new Map<string, unknown>();

beforeAll(async () => {
  clinic = await FaultClinic.start();
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'reference' } };
  await clinic.server.api.apply('/api/v1/namespaces/reference', namespace);
  for (const object of EXAMPLE_OBJECTS) {
    const { status, body } = await applyAs('flux', object);
    expect({ name: nameOf(object), status }).toEqual({ name: nameOf(object), status: 201 });
    specs.set(nameOf(object), (body as Example).spec);
  }
  await clinic.operate();
  for (const object of EXAMPLE_OBJECTS)
    await until(
      async () => {
        const { metadata, status } = await live(object);
        return status?.observedGeneration === metadata.generation && (status?.conditions ?? []).length > 0;
      },
      { what: `the operator to look at ${nameOf(object)}` },
    );
}, 180_000);

afterAll(() => clinic.stop());

describe.each(EXAMPLE_OBJECTS.map((object) => [nameOf(object), object] as const))('%s', (name, object) => {
  it('keeps its spec, to the last default, whatever the operator does', async () => {
    const { spec, metadata } = await live(object);
    expect(spec).toEqual(specs.get(name));
    expect(metadata.generation).toBe(1);
  });

  it('belongs to the operator in nothing but its status', async () => {
    const { managedFields = [] } = (await live(object)).metadata;
    const foreign = managedFields.filter(({ manager }) => manager !== 'flux');
    expect(foreign.length).toBeGreaterThan(0);
    expect(foreign.filter(({ subresource }) => subresource !== 'status')).toEqual([]);
    const fields = foreign.flatMap(({ fieldsV1 }) => Object.keys(fieldsV1 ?? {}));
    expect(new Set(fields)).toEqual(new Set(['f:status']));
  });

  it('shows no difference and no conflict when another manager applies it to try', async () => {
    const before = await live(object);
    const { status, body } = await applyAs('argocd-controller', object, '&dryRun=All');
    expect({ status, body: content(body as Example) }).toEqual({ status: 200, body: content(before) });
  });
});
