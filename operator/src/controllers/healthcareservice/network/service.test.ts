import { describe, expect, it } from '@jest/globals';
import type { PodTemplate } from '../../../k8s/types.ts';
import { service } from './service.ts';
import { aService } from '../fixtures/objects.ts';

describe('Service of a service', () => {
  it('opens http and the extra ports, never the admin port', () => {
    const [child] = service(aService('mail-sink', { ports: [{ name: 'smtp', port: 1025 }] }));
    expect(child?.['spec']).toEqual({
      type: 'ClusterIP',
      selector: { 'careplane.dev/service': 'mail-sink' },
      ports: [
        { name: 'http', port: 8080, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' },
        { name: 'smtp', port: 1025, targetPort: 'smtp', protocol: 'TCP' },
      ],
    });
  });

  it('exposes a gateway as its spec says', () => {
    const http = { port: 8080, expose: { type: 'NodePort' as const, nodePort: 30080 } };
    expect(service(aService('gateway', { role: 'gateway', http }))).toMatchObject([
      { spec: { type: 'NodePort', ports: [{ name: 'http', nodePort: 30080 }] } },
    ]);
  });

  it('hands a load balancer its annotations, source ranges and traffic policy, in an order that does not depend on the spec', () => {
    const expose = {
      type: 'LoadBalancer' as const,
      annotations: { 'cloud.example/scheme': 'internal' },
      loadBalancerSourceRanges: ['203.0.113.0/24', '198.51.100.0/24'],
      externalTrafficPolicy: 'Local' as const,
    };
    const [child] = service(aService('gateway', { role: 'gateway', http: { port: 8080, expose } }));
    expect(child?.metadata).toEqual({ name: 'gateway', annotations: { 'cloud.example/scheme': 'internal' } });
    expect(child?.['spec']).toMatchObject({
      type: 'LoadBalancer',
      loadBalancerSourceRanges: ['198.51.100.0/24', '203.0.113.0/24'],
      externalTrafficPolicy: 'Local',
    });
  });

  it('goes on answering at the ports of other revisions, by name, as far as the numbers are free', () => {
    const revision = (ports: Record<string, number>): PodTemplate => ({
      metadata: {},
      spec: {
        containers: [
          {
            ports: Object.entries(ports).map(([name, containerPort]) => ({
              name,
              containerPort,
              protocol: 'TCP',
            })),
          },
        ],
      },
    });
    const now = aService('a', { http: { port: 8081 }, ports: [{ name: 'smtp', port: 2525 }] });
    const others = [
      revision({ http: 8080, metrics: 9090, smtp: 1025, gone: 7000 }),
      revision({ http: 8080, smtp: 8081 }),
    ];
    const [child] = service(now, others);
    const { ports } = child?.['spec'] as { ports: unknown };
    expect(ports).toEqual([
      { name: 'http', port: 8081, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' },
      { name: 'smtp', port: 2525, targetPort: 'smtp', protocol: 'TCP' },
      { name: 'http-8080', port: 8080, targetPort: 'http', protocol: 'TCP', appProtocol: 'http' },
      { name: 'smtp-1025', port: 1025, targetPort: 'smtp', protocol: 'TCP' },
    ]);
  });

  it('is not there for a worker that listens on nothing', () => {
    const worker = aService('worker', { role: 'worker' });
    delete worker.spec.http;
    expect(service(worker)).toEqual([]);
  });
});
