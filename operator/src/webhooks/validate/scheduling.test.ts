import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { schedulingFields, type Scheduling } from '../../api/scheduling.ts';
import { brief } from '../fixtures/other-objects.ts';
import { scheduling } from './scheduling.ts';

const found = (spec: Scheduling): string[] => brief(scheduling({ spec }));

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const node = (...matchExpressions: object[]): Scheduling =>
  ({
    affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [{ matchExpressions }] } } },
  }) as Scheduling;

describe('where pods may run', () => {
  it('is let in when the API server takes it', () => {
    const zone = 'topology.kubernetes.io/zone';
    const term = {
      topologyKey: zone,
      labelSelector: {
        matchLabels: { 'careplane.dev/store': 'db' },
        matchExpressions: [{ key: 'a', operator: 'Exists' }],
      },
    };
    const spec = {
      imagePullSecrets: [{ name: 'registry' }],
      nodeSelector: { 'kubernetes.io/os': 'linux', disk: '' },
      tolerations: [
        { operator: 'Exists' },
        { key: 'dedicated', value: 'stores' },
        {
          key: 'node.kubernetes.io/not-ready',
          operator: 'Exists',
          effect: 'NoExecute',
          tolerationSeconds: 30,
        },
      ],
      topologySpreadConstraints: [
        { topologyKey: zone, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', minDomains: 3 },
        { topologyKey: zone, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' },
      ],
      affinity: {
        nodeAffinity: {
          [REQUIRED]: {
            nodeSelectorTerms: [
              {
                matchExpressions: [{ key: 'cpus', operator: 'Gt', values: ['8'] }],
                matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['node-1'] }],
              },
            ],
          },
        },
        podAntiAffinity: { [REQUIRED]: [term], [PREFERRED]: [{ weight: 1, podAffinityTerm: term }] },
      },
    };
    expect(z.object(schedulingFields).parse(spec)).toEqual(spec);
    expect(found(spec as Scheduling)).toEqual([]);
  });

  it.each<[string, object]>([
    ['a value that is none', { nodeSelector: { disk: 'ü' } }],
    ['a key of a taint with a space', { tolerations: [{ key: 'a b', operator: 'Exists' }] }],
    [
      'a label of nodes that is none',
      { topologySpreadConstraints: [{ topologyKey: '', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }] },
    ],
    [
      'a field of nodes that is not compared',
      {
        affinity: {
          nodeAffinity: {
            [REQUIRED]: {
              nodeSelectorTerms: [{ matchFields: [{ key: 'spec.podCIDR', operator: 'In', values: ['a'] }] }],
            },
          },
        },
      },
    ],
    [
      'a comparison of pods by number',
      {
        affinity: {
          podAffinity: {
            [REQUIRED]: [
              {
                topologyKey: 'a',
                labelSelector: { matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] },
              },
            ],
          },
        },
      },
    ],
    ['a Secret that is no name', { imagePullSecrets: [{ name: '' }] }],
  ])('is refused by the schema for %s', (_, spec) => {
    expect(z.object(schedulingFields).safeParse(spec).success).toBe(false);
  });

  it.each<[string, Scheduling]>([
    ['spec.nodeSelector.a b', { nodeSelector: { 'a b': 'c' } }],
    [`spec.nodeSelector.${'a'.repeat(254)}/b`, { nodeSelector: { [`${'a'.repeat(254)}/b`]: 'c' } }],
    ['spec.tolerations[1].operator', { tolerations: [{ operator: 'Exists' }, { value: 'a' }] }],
    ['spec.tolerations[0].value', { tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }] }],
    [
      'spec.tolerations[0].tolerationSeconds',
      { tolerations: [{ operator: 'Exists', tolerationSeconds: 1 }] },
    ],
    [
      'spec.topologySpreadConstraints[0].minDomains',
      {
        topologySpreadConstraints: [
          { topologyKey: 'a', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 },
        ],
      },
    ],
    [
      'spec.topologySpreadConstraints[1]',
      {
        topologySpreadConstraints: [1, 2].map((maxSkew) => ({
          topologyKey: 'a',
          maxSkew,
          whenUnsatisfiable: 'DoNotSchedule' as const,
        })),
      },
    ],
    [
      `spec.affinity.podAffinity.${PREFERRED}[0].podAffinityTerm.labelSelector.matchLabels.a b`,
      {
        affinity: {
          podAffinity: {
            [PREFERRED]: [
              {
                weight: 1,
                podAffinityTerm: { topologyKey: 'a', labelSelector: { matchLabels: { 'a b': 'c' } } },
              },
            ],
          },
        },
      },
    ],
    [
      `spec.affinity.podAntiAffinity.${REQUIRED}[0].labelSelector.matchExpressions[0].values`,
      {
        affinity: {
          podAntiAffinity: {
            [REQUIRED]: [
              { topologyKey: 'a', labelSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
            ],
          },
        },
      },
    ],
    [
      `spec.affinity.nodeAffinity.${PREFERRED}[0].preference.matchExpressions[0].values`,
      {
        affinity: {
          nodeAffinity: {
            [PREFERRED]: [
              {
                weight: 1,
                preference: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
              },
            ],
          },
        },
      },
    ],
  ])('is refused at %s', (field, spec) => {
    expect(found(spec)).toEqual([`refuse ${field}`]);
  });

  it.each([[['a']], [['1', '2']], [[]]])('is refused with a number that is %j', (values) => {
    const field = `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms[0].matchExpressions[0].values`;
    expect(found(node({ key: 'cpus', operator: 'Lt', values }))).toEqual([`refuse ${field}`]);
  });
});
