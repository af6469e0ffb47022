import { describe, expect, it } from '@jest/globals';
import { cacheWith } from '../../../runtime/fixtures/cache.ts';
import {
  byPolicy,
  shadowReports,
  subjectOf,
  wouldBlock,
  type BlockedFlows,
  type PolicyEvent,
} from './blocked-flows.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Edges } from './edges.ts';
import { aBroker, aService, aStore, edgesOf } from '../fixtures/objects.ts';

function aReport(name: string, note: string, changes: Partial<PolicyEvent> = {}): PolicyEvent {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name, namespace: 'clinic' },
    reason: 'WouldBlock',
    reportingController: 'careplane.dev/policy-agent',
    regarding: { kind: 'NetworkPolicy', namespace: 'clinic', name: 'a' },
    note,
    eventTime: '2026-11-22T11:00:00.000000Z',
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
    const { flows, isObserved } = shadowReports(shadow, cache);
    expect(flows.map(({ flow }) => flow)).toEqual([
      'ingress from clinic/mail-sink TCP 8080',
      'egress to 203.0.113.7 UDP 53',
      'egress to 2001:db8::1 TCP 443',
    ]);
    expect(isObserved).toBe(true);
  });

  it('tell when each line was seen last, and that the agent looks, also when it has seen nothing', () => {
    const line = 'egress to clinic/b TCP 1';
    const counted = aReport('1', line, { series: { lastObservedTime: '2026-11-22T11:30:00.000000Z' } });
    expect(shadowReports(shadow, cacheWith([counted], [byPolicy])).flows).toEqual([
      { flow: line, at: Date.parse('2026-11-22T11:30:00Z') },
    ]);
    const beat = aReport('2', 'watches', { reason: 'Observes' });
    expect(shadowReports(shadow, cacheWith([beat], [byPolicy]))).toEqual({ flows: [], isObserved: true });
    expect(shadowReports(shadow, cacheWith([], [byPolicy])).isObserved).toBe(false);
  });
});

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-22T12:00:00Z');

/** What would be blocked, of lines that were seen a while ago. */
function blocked(service: HealthcareService, flows: readonly string[], edges?: Edges, ago = 0): BlockedFlows {
  const seen = flows.map((flow) => ({ flow, at: NOW - ago }));
  return wouldBlock(service, edges ?? edgesOf(service), { flows: seen }, NOW);
}

const flowsOf = ({ list }: BlockedFlows): string[] => list.map(({ flow }) => flow);

describe('what would be blocked', () => {
  it('is each line once, in order, as many as the status holds, and how many more', () => {
    const lines = Array.from({ length: 70 }, (_, index) => `egress to clinic/x TCP ${String(1000 + index)}`);
    const found = blocked(shadow, [...lines.toReversed(), ...lines]);
    expect([flowsOf(found), found.more]).toEqual([lines.slice(0, 64), 6]);
  });

  it('is remembered for a week after its event is gone, and then forgotten, without anything else happening', () => {
    const line = 'egress to clinic/x TCP 1';
    const later = (hours: number): HealthcareService => ({
      ...shadow,
      status: { wouldBlock: [{ flow: line, lastSeen: new Date(NOW - hours * HOUR).toISOString() }] },
    });
    expect(blocked(later(24), [])).toMatchObject({ list: [{ flow: line }], againMs: 6 * 24 * HOUR });
    expect(flowsOf(blocked(later(7 * 24), []))).toEqual([]);
  });

  it('costs no write for being seen again within the hour', () => {
    const line = 'egress to clinic/x TCP 1';
    const wouldBlockBefore = [{ flow: line, lastSeen: '2026-11-22T10:30:00Z' }];
    const service = { ...shadow, status: { wouldBlock: wouldBlockBefore } };
    expect(blocked(service, [line], undefined, HOUR).list).toEqual(wouldBlockBefore);
    expect(blocked(service, [line]).list).toEqual([{ flow: line, lastSeen: '2026-11-22T12:00:00Z' }]);
  });

  it('gives up what was seen longest ago when there is too much', () => {
    const flows = Array.from({ length: 64 }, (_, index) => `egress to clinic/x TCP ${String(1000 + index)}`);
    const status = { wouldBlock: flows.map((flow) => ({ flow, lastSeen: '2026-11-21T12:00:00Z' })) };
    const found = blocked({ ...shadow, status }, ['ingress from clinic/z TCP 1']);
    expect(flowsOf(found)).toContain('ingress from clinic/z TCP 1');
    expect([found.list.length, found.more]).toEqual([64, 1]);
  });

  it('is nothing under Enforce, whatever old reports say', () => {
    expect(flowsOf(blocked(aService('a'), ['egress to clinic/x TCP 1']))).toEqual([]);
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
    expect(flowsOf(blocked(service, reported, edges))).toEqual([
      'egress to clinic/identity TCP 9999',
      'ingress from other/gateway TCP 8080',
    ]);
  });
});
