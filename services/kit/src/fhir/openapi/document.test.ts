import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { appointmentOf, patientOf, startFhir } from '../../../test/fhir-ground.ts';
import type { FhirGround } from '../../../test/fhir-ground.ts';
import { watchRoutes } from '../../testing/index.ts';
import type { RouteWatch } from '../../testing/index.ts';
import { definitionFaults } from '../definition-faults.ts';
import { openApiDocument } from './document.ts';

interface Document {
  readonly paths: Record<
    string,
    Record<string, { operationId: string; parameters: { name: string }[]; responses: object }>
  >;
  readonly components: { readonly schemas: Record<string, object> };
}

/** Every `$ref` of a document. */
function referencesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, value]) =>
    name === '$ref' && typeof value === 'string' ? [value] : referencesIn(value),
  );
}

/** What a JSON pointer leads to (RFC 6901), as every tool that reads OpenAPI follows it. */
function valueAt(whole: unknown, reference: string): unknown {
  const steps = reference.replace(/^#\//, '').split('/');
  return steps.reduce((node, step) => (node as Record<string, unknown> | undefined)?.[step], whole);
}

describe('the OpenAPI document of a service', () => {
  let ground: FhirGround;
  let watch: RouteWatch;
  let document: Document;
  beforeAll(async () => {
    ground = await startFhir();
    watch = watchRoutes(ground.definitions);
    const routes = [
      {
        method: 'post' as const,
        path: '/admin/apps/{id}',
        summary: 'Changes an app.',
        body: z.object({ name: z.string() }),
        answers: { 201: z.object({ clientId: z.string() }), 204: undefined },
      },
    ];
    document = openApiDocument({
      name: 'test',
      description: 'A test.',
      definitions: ground.definitions,
      routes,
    }) as unknown as Document;
  });
  afterAll(() => {
    watch.stop();
    ground.stop();
  });

  it('has every route with its parameters, and refers to nothing that is not there', () => {
    expect(Object.keys(document.paths)).toEqual([
      '/fhir/R4/Patient',
      '/fhir/R4/Patient/_search',
      '/fhir/R4/Patient/{id}',
      '/fhir/R4/Patient/{id}/_history',
      '/fhir/R4/Patient/{id}/_history/{versionId}',
      '/fhir/R4/Appointment',
      '/fhir/R4/Appointment/_search',
      '/fhir/R4/Appointment/{id}',
      '/fhir/R4/Appointment/{id}/_history',
      '/fhir/R4/Appointment/{id}/_history/{versionId}',
      '/fhir/R4/metadata',
      '/admin/apps/{id}',
    ]);
    const search = document.paths['/fhir/R4/Patient']?.['get'];
    expect(search?.parameters.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['family', 'family:missing', 'birthdate', '_count', '_sort']),
    );
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const references = new Set(referencesIn(document));
    expect([...references].filter((reference) => valueAt(document, reference) === undefined)).toEqual([]);
    expect(references.size).toBeGreaterThan(20);
  });

  it('has the schemas that the routes check by: strict, with codes and gaps in lists', () => {
    const { Patient, HumanName } = document.components.schemas;
    expect(Patient).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['resourceType'],
      properties: {
        resourceType: { const: 'Patient' },
        gender: { enum: ['male', 'female', 'other', 'unknown'] },
        name: { type: 'array', items: { $ref: '#/components/schemas/HumanName' } },
        _birthDate: {},
      },
    });
    expect(HumanName).toMatchObject({
      properties: { given: { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'null' }] } } },
    });
  });

  it('knows which routes the tests have reached', async () => {
    const { ask, patients, appointments } = ground;
    patients.put(patientOf('a'));
    appointments.put(appointmentOf('v', 'a'));
    await ask('/Patient/a');
    expect(watch.missing()).not.toContain('GET /fhir/R4/Patient/:id');
    expect(watch.missing()).toContain('GET /fhir/R4/Patient/:id/_history');
    await ask('/Patient/nobody/_history');
    expect(watch.missing()).toContain('GET /fhir/R4/Patient/:id/_history');
  });

  it('finds routes without a rule of access and parts without documentation', () => {
    const [patient] = ground.definitions;
    if (!patient) throw new Error('no definition');
    expect(
      definitionFaults([{ ...patient, documentation: 'Patients of the clinic.' }]).filter((fault) =>
        fault.includes('doc'),
      ),
    ).toEqual([]);
    expect(definitionFaults([{ ...patient, documentation: '' }], {})).toEqual(
      expect.arrayContaining(['GET /fhir/R4/Patient/:id: no rule of access', 'Patient: no documentation']),
    );
  });
});
