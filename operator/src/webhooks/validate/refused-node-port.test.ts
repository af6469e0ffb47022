import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { aService, aStore } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { ApiError } from '../../runtime/errors.ts';
import type { KubeObject } from '../../runtime/kube.ts';
import type { LiveRead } from './foreign-objects.ts';
import { refusedNodePort, type ClusterNodePorts, type DryRun } from './refused-node-port.ts';

const exposed = (nodePort: number): HealthcareService =>
  aService('a', { role: 'gateway', http: { port: 8080, expose: { type: 'NodePort', nodePort } } });

const refusing =
  (field: string): DryRun =>
  () => {
    const causes = [{ reason: 'FieldValueInvalid', field, message: 'provided port is already allocated' }];
    return Promise.reject(
      new ApiError({ status: 422, reason: 'Invalid', message: 'x', path: '/services', causes }),
    );
  };

const taken = refusing('spec.ports[0].nodePort');
const nothing = (): Promise<undefined> => Promise.resolve(undefined);

const of = (
  dryRun: DryRun,
  lookup: LiveRead = nothing,
): { nodePorts: ClusterNodePorts; lookup: LiveRead } => ({
  nodePorts: { range: '30000-32767', dryRun },
  lookup,
});

describe('refusedNodePort', () => {
  it('says what the API server has against the port, at the field', async () => {
    const found = await refusedNodePort(exposed(30080), undefined, of(taken));
    expect(found).toMatchObject([{ effect: 'refuse', field: 'spec.http.expose.nodePort' }]);
    expect(found[0]?.message).toContain('provided port is already allocated');
  });

  it('refuses what is outside of the range, which a dry run does not look at', async () => {
    const anything = of(() => Promise.resolve());
    expect(await refusedNodePort(exposed(29_999), undefined, anything)).toHaveLength(1);
    expect(await refusedNodePort(exposed(32_768), undefined, anything)).toHaveLength(1);
    expect(await refusedNodePort(exposed(30_000), undefined, anything)).toEqual([]);
    expect(await refusedNodePort(exposed(32_767), undefined, anything)).toEqual([]);
  });

  it('lets the port be that the Service of the object has already', async () => {
    const live = { spec: { ports: [{ nodePort: 30080 }] } } as unknown as KubeObject;
    const lookup = (): Promise<KubeObject> => Promise.resolve(live);
    expect(await refusedNodePort(exposed(30080), undefined, of(taken, lookup))).toEqual([]);
    expect(await refusedNodePort(exposed(30081), undefined, of(taken, lookup))).toHaveLength(1);
  });

  it('asks about nothing that is not new', async () => {
    const asked: unknown[] = [];
    const dryRun: DryRun = (object) => Promise.resolve(asked.push(object));
    const context = of(dryRun);
    await refusedNodePort(exposed(30080), exposed(30080), context);
    await refusedNodePort(aService('a'), undefined, context);
    await refusedNodePort(aStore('a'), undefined, context);
    expect(asked).toEqual([]);
    await refusedNodePort(exposed(30081), exposed(30080), context);
    expect(asked).toMatchObject([{ spec: { ports: [{ nodePort: 30081 }] } }]);
  });

  it('refuses nothing for what the API server has against the probe alone', async () => {
    const context = of(refusing('spec.selector'));
    expect(await refusedNodePort(exposed(30080), undefined, context)).toEqual([]);
  });
});
