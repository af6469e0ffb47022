import { describe, expect, it } from '@jest/globals';
import { cacheWith } from '../../runtime/fixtures/cache.ts';
import { byPolicy, reportedFlows, subjectOf, wouldBlock, type PolicyEvent } from './blockedFlows.ts';
import { aBroker, aService, aStore, edgesOf } from './fixtures/objects.ts';

function aReport(name: string, note: string, changes: Partial<PolicyEvent> = {}): PolicyEvent {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name, namespace: 'clinic' },
    reason: 'WouldBlock',
    reportingController: 'careplane.dev/policy-agent',
    regarding: { kind: 'NetworkPolicy', namespace: 'clinic', name: 'a' },
    note,
    ...changes,
  };
}

const shadow = aService('a', { enforcement: 'Shadow' });

describe('reports of the policy agent', () => {
  it('wake the service whose policy they are about', () => {
    expect(subjectOf(aReport('1', ''))).toEqual([{ namespace: 'clinic', name: 'a' }]);
  });

  it('are not believed from anybody else, nor about anything else, nor across namespaces', () => {
    expect(subjectOf(aReport('1', '', { reportingController: 'somebody' }))).toEqual([]);
    expect(
      subjectOf(aReport('1', '', { regarding: { kind: 'Pod', namespace: 'clinic', name: 'a' } })),
    ).toEqual([]);
    const elsewhere = { kind: 'NetworkPolicy', namespace: 'other', name: 'a' };
    expect(subjectOf(aReport('1', '', { regarding: elsewhere }))).toEqual([]);
  });

  it('are read as lines; what is no such line is not shown', () => {
    const cache = cacheWith(
      [
        aReport('1', 'ingress from clinic/mail-sink TCP 8080'),
        aReport('2', 'egress to 203.0.113.7 UDP 53\n'),
        aReport('3', 'egress to [2001:db8::1] TCP 443'),
        aReport('4', 'egress to 2001:db8::1 TCP 443'),
        aReport('5', 'anything at all, of any length'),
        aReport('6', 'egress to b TCP 1', {
          regarding: { kind: 'NetworkPolicy', namespace: 'clinic', name: 'b' },
        }),
      ],
      [byPolicy],
    );
    expect(reportedFlows(shadow, cache)).toEqual([
      'ingress from clinic/mail-sink TCP 8080',
      'egress to 203.0.113.7 UDP 53',
      'egress to 2001:db8::1 TCP 443',
    ]);
  });
});

describe('what would be blocked', () => {
  it('is each line once, in order, at most as many as the status holds', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `egress to clinic/x TCP ${String(1000 + index)}`);
    const blocked = wouldBlock(shadow, edgesOf(shadow), [...lines.toReversed(), ...lines]);
    expect(blocked).toEqual(lines.slice(0, 32));
  });

  it('is nothing under Enforce, whatever old reports say', () => {
    const service = aService('a');
    expect(wouldBlock(service, edgesOf(service), ['egress to clinic/x TCP 1'])).toEqual([]);
  });

  it('leaves out what is declared by now, though its reports are still there', () => {
    const service = aService('a', {
      enforcement: 'Shadow',
      calls: [{ service: 'identity', port: 'http' }],
      stores: [{ store: 'db' }],
      publishes: [{ event: 'x.y' }],
    });
    const edges = edgesOf(service, {
      services: [
        service,
        aService('identity'),
        aService('gateway', { calls: [{ service: 'a', port: 'http' }] }),
      ],
      stores: [aStore('db')],
      brokers: [aBroker('rabbit')],
    });
    const reported = [
      'egress to clinic/identity TCP 8080',
      'egress to clinic/identity TCP 9999',
      'egress to clinic/db TCP 27017',
      'egress to clinic/rabbit TCP 5671',
      'ingress from clinic/gateway TCP 8080',
      'ingress from other/gateway TCP 8080',
    ];
    expect(wouldBlock(service, edges, reported)).toEqual([
      'egress to clinic/identity TCP 9999',
      'ingress from other/gateway TCP 8080',
    ]);
  });
});
