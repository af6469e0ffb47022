import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import type { KubeObject } from '../../../runtime/kube.ts';
import { DEPLOYMENTS, NAMESPACE, TestClinic } from '../fixtures/test-clinic.ts';

let clinic: TestClinic;

beforeAll(async () => {
  clinic = await TestClinic.start();
}, 120_000);

afterAll(async () => {
  await clinic.stop();
});

interface Service extends KubeObject {
  spec: { type: string; loadBalancerSourceRanges?: string[]; externalTrafficPolicy?: string };
}

async function applyGateway(name: string, expose: object): Promise<void> {
  await clinic.applyService(name, { role: 'gateway', http: { expose } });
}

async function serviceOf(name: string, type: string): Promise<Service> {
  return until(
    async () => {
      const { status, body } = await clinic.server.api.request('GET', `${NAMESPACE}/services/${name}`);
      const service = body as Service;
      return status === 200 && service.spec.type === type ? service : undefined;
    },
    { what: `the Service ${name} of type ${type}` },
  );
}

describe('an exposed gateway', () => {
  it('has the annotations, source ranges and traffic policy that it declares, and loses them with them', async () => {
    await applyGateway('front', {
      type: 'LoadBalancer',
      annotations: { 'cloud.example/scheme': 'internal' },
      loadBalancerSourceRanges: ['203.0.113.0/24', '2001:db8::/32'],
      externalTrafficPolicy: 'Local',
    });
    const { metadata, spec } = await serviceOf('front', 'LoadBalancer');
    expect(metadata.annotations).toMatchObject({ 'cloud.example/scheme': 'internal' });
    expect(spec.loadBalancerSourceRanges).toEqual(['2001:db8::/32', '203.0.113.0/24']);
    expect(spec.externalTrafficPolicy).toBe('Local');

    await applyGateway('front', { type: 'NodePort', externalTrafficPolicy: 'Local' });
    const opened = await serviceOf('front', 'NodePort');
    expect(opened.metadata.annotations ?? {}).not.toHaveProperty('cloud.example/scheme');
    expect(opened.spec).not.toHaveProperty('loadBalancerSourceRanges');
    expect(opened.spec.externalTrafficPolicy).toBe('Local');

    await applyGateway('front', { type: 'ClusterIP' });
    const closed = await serviceOf('front', 'ClusterIP');
    expect(closed.spec).not.toHaveProperty('externalTrafficPolicy');
  }, 60_000);

  it('whose node port is taken is told which, and everything else of it is there', async () => {
    await applyGateway('first', { type: 'NodePort', nodePort: 30080 });
    await serviceOf('first', 'NodePort');
    await applyGateway('second', { type: 'NodePort', nodePort: 30080 });
    const { message } = await clinic.conditionOf('second', 'ChildrenInSync', 'ChildRefused');
    expect(message).toMatch(/^Service second: spec\.ports\[0\]\.nodePort: .*already allocated/);
    expect(await clinic.exists(`${DEPLOYMENTS}/second`)).toBe(true);
    expect(await clinic.exists(`${NAMESPACE}/services/second`)).toBe(false);

    await applyGateway('second', { type: 'NodePort', nodePort: 30081 });
    await serviceOf('second', 'NodePort');
    await clinic.ready('second');
  }, 60_000);
});
