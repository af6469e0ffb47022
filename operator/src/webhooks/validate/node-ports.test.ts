import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { aService } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { onlyThese } from '../fixtures/other-objects.ts';
import { nodePorts } from './node-ports.ts';

const exposed = (name: string, nodePort: number, namespace = 'clinic'): HealthcareService => {
  const service = aService(name, { http: { port: 8080, expose: { type: 'NodePort', nodePort } } });
  return { ...service, metadata: { ...service.metadata, namespace } };
};

describe('nodePorts', () => {
  it('refuses a port that another service has asked for, and names it', () => {
    const found = nodePorts(exposed('b', 30080), onlyThese({ onNodePorts: [exposed('a', 30080)] }));
    expect(found).toMatchObject([{ effect: 'refuse', field: 'spec.http.expose.nodePort' }]);
    expect(found[0]?.message).toContain("the HealthcareService a's");
  });

  it('sees other namespaces, and does not tell their names', () => {
    const there = onlyThese({ onNodePorts: [exposed('secret', 30080, 'elsewhere')] });
    const [found] = nodePorts(exposed('b', 30080), there);
    expect(found?.message).toContain('of another namespace');
    expect(found?.message).not.toMatch(/secret|elsewhere/);
  });

  it('has nothing against another port, or none', () => {
    const there = onlyThese({ onNodePorts: [exposed('a', 30080)] });
    expect(nodePorts(exposed('b', 30081), there)).toEqual([]);
    expect(nodePorts(aService('b'), onlyThese({ onNodePorts: [aService('a')] }))).toEqual([]);
  });
});
