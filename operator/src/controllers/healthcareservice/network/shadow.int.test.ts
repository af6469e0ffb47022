import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { OWN, TestClinic } from '../fixtures/test-clinic.ts';

const EVENTS = '/apis/events.k8s.io/v1/namespaces/clinic/events';
const POLICIES = '/apis/networking.k8s.io/v1/namespaces/clinic/networkpolicies';

interface Policy {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: { ingress: unknown[]; egress: { ports?: { port: number | string }[] }[] };
}

let clinic: TestClinic;

beforeAll(async () => {
  clinic = await TestClinic.start();
}, 180_000);

afterAll(async () => {
  await clinic.stop();
});

/** Rules but those for the resolvers of names. */
function declaredEgress({ egress }: Policy['spec']): unknown[] {
  const dns: (number | string)[] = [53, 5353];
  return egress.filter(({ ports = [] }) => !ports.every(({ port }) => dns.includes(port)));
}

/** As the policy agent writes it. */
async function report(
  name: string,
  note: string,
  { reportingController = 'careplane.dev/policy-agent', reason = 'WouldBlock' } = {},
): Promise<void> {
  await clinic.server.api.demand('POST', EVENTS, {
    body: {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace: 'clinic' },
      eventTime: new Date().toISOString().replace('Z', '000Z'),
      type: 'Warning',
      reason,
      action: 'Observe',
      reportingController,
      reportingInstance: 'test',
      regarding: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        namespace: 'clinic',
        name: 'shy',
      },
      note,
    },
  });
}

async function policy(): Promise<Policy> {
  return (await clinic.server.api.demand('GET', `${POLICIES}/shy`)) as Policy;
}

async function blocked(wanted: readonly string[]): Promise<void> {
  await until(
    async () => {
      const { status } = (await clinic.server.api.demand(
        'GET',
        `${OWN}/healthcareservices/shy`,
      )) as HealthcareService;
      return JSON.stringify((status?.wouldBlock ?? []).map(({ flow }) => flow)) === JSON.stringify(wanted);
    },
    { what: `status.wouldBlock to be ${JSON.stringify(wanted)}` },
  );
}

describe('a service under enforcement: Shadow', () => {
  it('has a policy that lets everything through and tells what Enforce would be', async () => {
    await clinic.applyService('shy', { dataClass: 'operational', enforcement: 'Shadow' });
    await clinic.conditionOf('shy', 'EdgesEnforced', 'NotObserved');
    await report('shy.0', 'watches this policy', { reason: 'Observes' });
    await clinic.conditionOf('shy', 'EdgesEnforced', 'ShadowClean');
    const { metadata, spec } = await policy();
    expect(metadata.labels).toMatchObject({ 'careplane.dev/enforcement': 'shadow' });
    expect(spec).toMatchObject({ ingress: [{}], egress: [{}] });
    const strict = JSON.parse(metadata.annotations?.['careplane.dev/shadow-spec'] ?? '') as Policy['spec'];
    expect(declaredEgress(strict)).toEqual([]);
  });

  it('lists what the agent reports, once and in order, and nothing that others say', async () => {
    await report('shy.2', 'ingress from clinic/peer TCP 8080');
    await report('shy.1', 'egress to clinic/peer TCP 8080');
    await report('shy.3', 'egress to clinic/peer TCP 8080');
    await report('shy.4', 'egress to clinic/liar TCP 1', { reportingController: 'somebody.else' });
    await blocked(['egress to clinic/peer TCP 8080', 'ingress from clinic/peer TCP 8080']);
    const { message } = await clinic.conditionOf('shy', 'EdgesEnforced', 'WouldBlock');
    expect(message).toContain('egress to clinic/peer TCP 8080, ingress from clinic/peer TCP 8080');
  });

  it('writes nothing when a report is counted once more', async () => {
    const before = await clinic.writesTo('shy');
    const reconciled = await clinic.reconciled();
    await clinic.mergePatch(`${EVENTS}/shy.1`, {
      series: { count: 7, lastObservedTime: new Date().toISOString().replace('Z', '000Z') },
    });
    await until(async () => (await clinic.reconciled()) > reconciled, { what: 'the report to be looked at' });
    expect(await clinic.writesTo('shy')).toBe(before);
  });

  it('still lists what was seen when its event is gone', async () => {
    const reconciled = await clinic.reconciled();
    await clinic.server.api.demand('DELETE', `${EVENTS}/shy.2`);
    await until(async () => (await clinic.reconciled()) > reconciled, {
      what: 'the end of the event to be seen',
    });
    await blocked(['egress to clinic/peer TCP 8080', 'ingress from clinic/peer TCP 8080']);
  });

  it('lists no more what is declared by now, though its report is still there', async () => {
    await clinic.applyService('peer', { dataClass: 'operational', calls: [{ service: 'shy' }] });
    await blocked(['egress to clinic/peer TCP 8080']);
    await clinic.mergePatch(`${OWN}/healthcareservices/shy`, { spec: { calls: [{ service: 'peer' }] } });
    await blocked([]);
    await clinic.conditionOf('shy', 'EdgesEnforced', 'ShadowClean');
  });

  it('under Enforce again has the strict policy, and nothing of Shadow is left', async () => {
    await clinic.mergePatch(`${OWN}/healthcareservices/shy`, { spec: { enforcement: 'Enforce' } });
    await clinic.conditionOf('shy', 'EdgesEnforced', 'Enforced');
    const { metadata, spec } = await policy();
    expect(metadata.labels?.['careplane.dev/enforcement']).toBeUndefined();
    expect(metadata.annotations?.['careplane.dev/shadow-spec']).toBeUndefined();
    expect(declaredEgress(spec)).toHaveLength(1);
  });
});

describe('edges of which only one end is there', () => {
  it('are named at both services, and heal when the other comes, without a hand', async () => {
    await clinic.applyOwn('MessageBroker', 'messagebrokers', 'rabbit', { storage: { size: '1Gi' } });
    await clinic.applyService('teller', { dataClass: 'operational', publishes: [{ event: 'tale.told' }] });
    const { message } = await clinic.conditionOf('teller', 'EdgesUsed', 'OneSidedEdge');
    expect(message).toContain('nobody consumes tale.told');
    await clinic.applyService('hearer', {
      dataClass: 'operational',
      calls: [{ service: 'teller' }],
      consumes: [{ event: 'tale.told' }],
    });
    await clinic.conditionOf('teller', 'EdgesUsed', 'AllUsed');
    await clinic.conditionOf('hearer', 'EdgesUsed', 'UnusedEdge');
  });

  it('cost nobody a write when only the status of the other changes', async () => {
    const before = await clinic.writesTo('shy');
    await clinic.finishRollout('peer');
    await clinic.conditionOf('peer', 'Available', 'ReplicasAvailable');
    // Looked at once more, the other one has nothing to write either.
    const reconciled = await clinic.reconciled();
    await clinic.mergePatch(`${OWN}/healthcareservices/shy`, {
      metadata: { annotations: { touched: 'yes' } },
    });
    await until(async () => (await clinic.reconciled()) > reconciled, { what: 'shy to be looked at' });
    expect(await clinic.writesTo('shy')).toBe(before);
  });
});
