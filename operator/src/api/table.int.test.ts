import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { installCrds, startApiServer, type RunningApiServer } from '@careplane/testing';
import { API_VERSION } from './group.ts';

/** What `kubectl get hs` shows is made by the API server from the CRD's columns; kubectl asks for it in this form. */
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const SERVICES = `/apis/${API_VERSION}/namespaces/clinic/healthcareservices`;

interface Table {
  columnDefinitions: { name: string; priority: number }[];
  rows: { cells: unknown[] }[];
}

let server: RunningApiServer;

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.api, fileURLToPath(new URL('../../../crds', import.meta.url)));
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'clinic' } };
  await server.api.apply('/api/v1/namespaces/clinic', namespace);
}, 120_000);

afterAll(async () => {
  await server.stop();
});

/** Cells by the name of their column: of `kubectl get`, or with `wide` of `kubectl get -o wide`. */
async function row(wide: boolean): Promise<Record<string, unknown>> {
  const { columnDefinitions, rows } = (await server.api.demand('GET', SERVICES, { accept: TABLE })) as Table;
  const cells = rows[0]?.cells ?? [];
  const shown = columnDefinitions.map(({ name, priority }, index) => ({
    name,
    priority,
    cell: cells[index],
  }));
  return Object.fromEntries(
    shown.filter(({ priority }) => wide || priority === 0).map(({ name, cell }) => [name, cell]),
  );
}

describe('kubectl get hs', () => {
  beforeAll(async () => {
    const spec = { image: 'a/b:1', role: 'api', dataClass: 'phi', http: {}, slo: { availability: 99.9 } };
    const object = { apiVersion: API_VERSION, kind: 'HealthcareService', metadata: { name: 'a' }, spec };
    await server.api.apply(`${SERVICES}/a`, object);
    const lastTransitionTime = '2026-01-01T00:00:00Z';
    const ready = {
      type: 'Ready',
      status: 'False',
      reason: 'DanglingEdge',
      message: 'm',
      lastTransitionTime,
    };
    const body = {
      status: {
        conditions: [{ ...ready, type: 'Available', reason: 'Other' }, ready],
        pods: '1/2',
        version: '0.1.0',
        slo: '99.9 %',
        edges: 'calls b',
      },
    };
    const contentType = 'application/merge-patch+json';
    await server.api.demand('PATCH', `${SERVICES}/a/status`, { body, contentType });
  });

  it('shows whether it is Ready, its replicas, version, SLO and age, in this order', async () => {
    const seen = await row(false);
    expect(Object.keys(seen).filter((name) => name !== 'Name')).toEqual(
      expect.arrayContaining(['Ready', 'Replicas', 'Version', 'SLO', 'Age']),
    );
    expect(Object.keys(seen).slice(0, 3)).toEqual(['Name', 'Ready', 'Replicas']);
    expect(Object.keys(seen).at(-1)).toBe('Age');
    expect(seen).toMatchObject({
      Name: 'a',
      Ready: 'False',
      Replicas: '1/2',
      Version: '0.1.0',
      SLO: '99.9 %',
    });
    expect(seen['Age']).toMatch(/^\d+s$/);
    expect(seen).not.toHaveProperty('Reason');
  });

  it('shows role, edges and the reason of Ready with -o wide', async () => {
    expect(await row(true)).toMatchObject({ Role: 'api', Edges: 'calls b', Reason: 'DanglingEdge' });
  });
});
