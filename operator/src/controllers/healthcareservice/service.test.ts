import { describe, expect, it } from '@jest/globals';
import { service } from './service.ts';
import { aService } from './fixtures/objects.ts';

describe('Service of a service', () => {
  it('opens http and the extra ports, never the admin port', () => {
    const child = service(aService('mail-sink', { ports: [{ name: 'smtp', port: 1025 }] }));
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
    expect(service(aService('gateway', { role: 'gateway', http }))).toMatchObject({
      spec: { type: 'NodePort', ports: [{ name: 'http', nodePort: 30080 }] },
    });
  });

  it('is not there for a worker that listens on nothing', () => {
    const worker = aService('worker', { role: 'worker' });
    delete worker.spec.http;
    expect(service(worker)).toBeUndefined();
  });
});
