import { describe, expect, it } from '@jest/globals';
import type { AnyController } from '../runtime/controller.ts';
import { labelled } from './labelled.ts';

const object = { apiVersion: 'careplane.dev/v1alpha1', kind: 'X', metadata: { name: 'identity' }, spec: {} };

describe('a child that is planned', () => {
  it('has the labels of the contract, beside its own and not changed by them', () => {
    const controller: AnyController = {
      type: { apiVersion: 'careplane.dev/v1alpha1', kind: 'X', plural: 'xs', namespaced: true },
      owns: [],
      observe: () => Promise.resolve(undefined),
      plan: () => ({
        children: [
          {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: 'c', labels: { a: '1', 'app.kubernetes.io/part-of': 'another' } },
          },
        ],
        conditions: [],
      }),
    };
    expect(
      labelled(controller)
        .plan(object, undefined)
        .children.map(({ metadata }) => metadata.labels),
    ).toEqual([
      {
        a: '1',
        'app.kubernetes.io/name': 'identity',
        'app.kubernetes.io/managed-by': 'careplane',
        'app.kubernetes.io/part-of': 'careplane',
      },
    ]);
  });
});
