import { describe, expect, it } from '@jest/globals';
import { crdSchemas, kubernetesSchemas } from './schemas.ts';

const gvk = (group: string, version: string, kind: string): Record<string, unknown> => ({
  'x-kubernetes-group-version-kind': [{ group, version, kind }],
});

describe('kubernetesSchemas', () => {
  const definitions = {
    'io.k8s.api.core.v1.Pod': {
      type: 'object',
      properties: { spec: { $ref: '#/definitions/io.k8s.api.core.v1.PodSpec' } },
      ...gvk('', 'v1', 'Pod'),
    },
    'io.k8s.api.core.v1.PodSpec': {
      type: 'object',
      properties: { port: { $ref: '#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString' } },
    },
    'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: 'string', format: 'int-or-string' },
    Loop: {
      type: 'object',
      properties: { again: { $ref: '#/definitions/Loop' } },
      ...gvk('a.b', 'v1', 'Loop'),
    },
  };
  const named = new Map(kubernetesSchemas({ definitions }).map(({ name, schema }) => [name, schema]));

  it('names a schema as kubeconform looks for it, in the core group too', () => {
    expect([...named.keys()]).toEqual(['pod-v1-v1', 'loop-a.b-v1']);
  });

  it('resolves references, refuses unknown fields at every level, takes a port as number or name', () => {
    expect(named.get('pod-v1-v1')).toMatchObject({
      additionalProperties: false,
      properties: {
        spec: { additionalProperties: false, properties: { port: { type: ['string', 'number'] } } },
      },
    });
  });

  it('ends a type that contains itself', () => {
    expect(named.get('loop-a.b-v1')).toMatchObject({ properties: { again: { properties: { again: {} } } } });
  });
});

describe('crdSchemas', () => {
  it('makes one strict schema a version, with the fields every object has', () => {
    const openAPIV3Schema = {
      type: 'object',
      properties: { spec: { type: 'object', properties: { size: { type: 'string' } } } },
    };
    const [found] = crdSchemas({
      spec: {
        group: 'careplane.dev',
        names: { kind: 'Thing' },
        versions: [{ name: 'v1', schema: { openAPIV3Schema } }],
      },
    });
    expect(found?.name).toBe('thing-careplane.dev-v1');
    expect(found?.schema).toMatchObject({
      additionalProperties: false,
      properties: { metadata: {}, spec: { additionalProperties: false } },
    });
  });
});
