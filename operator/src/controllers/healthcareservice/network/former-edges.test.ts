import { describe, expect, it } from '@jest/globals';
import type { Pod } from '../../../k8s/types.ts';
import { aBroker, aService, aStore, edgesOf } from '../fixtures/objects.ts';
import { PlannedService } from '../fixtures/rollouts.ts';
import { formerEdges } from './former-edges.ts';

const db = aStore('db');
const rabbit = aBroker('rabbit');
const identity = aService('identity');
const spec = {
  calls: [{ service: 'identity', port: 'http' }],
  stores: [{ store: 'db' }],
  publishes: [{ event: 'a.b' }],
};

/** A pod as the Deployment's controller makes it of the revision that a service has. */
function podOf(name: string, declared: Parameters<typeof aService>[1]): Pod {
  const service = aService(name, declared);
  const planned = new PlannedService(service);
  planned.turn({
    services: [service, identity],
    stores: [db],
    brokers: [rabbit],
    bindingSecrets: new Set([`${name}.db`, `${name}.rabbit`]),
  });
  const template = planned.deployment?.spec?.template;
  if (template === undefined) throw new Error('no Deployment');
  const { metadata, spec: pod } = template;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-1`, namespace: 'clinic', ...metadata },
    spec: pod as unknown as Required<Pod>['spec'],
  };
}

describe('former edges', () => {
  it('are what pods were made with and the spec has no more, and none of a pod that is as the spec says', () => {
    const pod = podOf('a', spec);
    const facts = { stores: [db], brokers: [rabbit] };
    const now = aService('a');
    const neighbours = { services: [now, identity], ...facts };
    const seen = { own: [pod], calling: [] };
    expect(formerEdges(now, seen, { neighbours, edges: edgesOf(now, neighbours) })).toEqual({
      calls: [{ service: 'identity', portName: 'http' }],
      callers: [],
      stores: [db],
      brokers: [rabbit],
    });
    const same = aService('a', spec);
    const unchanged = { ...neighbours, services: [same, identity] };
    expect(formerEdges(same, seen, { neighbours: unchanged, edges: edgesOf(same, unchanged) })).toEqual({
      calls: [],
      callers: [],
      stores: [],
      brokers: [],
    });
  });

  it('of a called service are the callers whose pods still call it', () => {
    const neighbours = { services: [identity, aService('a')], stores: [], brokers: [] };
    const calling = [podOf('a', spec), { ...podOf('a', spec), metadata: podOf('a', spec).metadata }];
    const edges = edgesOf(identity, neighbours);
    expect(formerEdges(identity, { own: [], calling }, { neighbours, edges }).callers).toEqual([
      { service: 'a', portName: 'http' },
    ]);
  });
});
