import { describe, expect, it } from '@jest/globals';
import { aBroker, aService, aStore } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { buildGraph } from '../build-graph.ts';
import type { Declared, Graph } from '../model.ts';
import { renderDot } from './dot.ts';
import { renderMermaid } from './mermaid.ts';
import { renderText } from './text.ts';

const clinic: Declared = {
  services: [
    aService('gateway', { role: 'gateway', calls: [{ service: 'identity', port: 'http' }] }),
    aService('identity', { stores: [{ store: 'db' }], publishes: [{ event: 'patient.registered' }] }),
    aService('mailer', {
      role: 'worker',
      calls: [
        { service: 'identity', port: 'http' },
        { service: 'sink', port: 'smtp' },
      ],
      consumes: [{ event: 'patient.registered' }],
    }),
  ],
  stores: [aStore('db')],
  brokers: [aBroker('rabbit')],
};

/** Names that no API server would let in: the renderers must not rely on that. */
function hostile(name: string): Graph {
  const node = { id: 'x', kind: 'service', namespace: name, name, detail: '', exists: true } as const;
  return { nodes: [node], edges: [{ kind: 'calls', from: 'x', to: 'x', label: name }], findings: [] };
}

describe('the graph as text', () => {
  it('is a tree of each service with its edges, and what is odd below', () => {
    expect(renderText(buildGraph(clinic))).toBe(`clinic
  gateway   service, gateway
    └─ calls      identity  http:8080
  identity  service, api
    ├─ publishes  patient.registered  via rabbit
    └─ stores     db
  mailer    service, worker
    ├─ calls      identity  http:8080
    ├─ calls      sink (missing)  smtp
    └─ consumes   patient.registered  via rabbit
  db        store, mongodb
  rabbit    broker, rabbitmq
  dangling (the other end does not exist)
    mailer  no HealthcareService sink
  unused
    mailer  nobody calls it over http
`);
  });

  it('says so when nothing is declared', () => {
    expect(renderText(buildGraph({ services: [], stores: [], brokers: [] }))).toBe('nothing is declared\n');
  });
});

describe('the graph as a drawing', () => {
  it('in Mermaid has events between those who publish and those who consume, and missing ends dashed', () => {
    expect(renderMermaid(buildGraph(clinic))).toBe(`flowchart LR
  subgraph ns0["clinic"]
    n0["gateway"]
    n1["identity"]
    n2["mailer"]
    n3["sink"]
    n4[("db")]
    n5[["rabbit"]]
    e0(["patient.registered"])
  end
  n0 -->|"http:8080"| n1
  n1 --> e0
  n1 --> n4
  n2 -->|"http:8080"| n1
  n2 -.->|"smtp"| n3
  e0 --> n2
  classDef missing stroke-dasharray: 4 4
  class n3 missing
`);
  });

  it('in DOT is the same', () => {
    expect(renderDot(buildGraph(clinic))).toBe(`digraph careplane {
  rankdir=LR;
  subgraph cluster_0 {
    label="clinic";
    n0 [label="gateway", shape=box];
    n1 [label="identity", shape=box];
    n2 [label="mailer", shape=box];
    n3 [label="sink", shape=box, style=dashed];
    n4 [label="db", shape=cylinder];
    n5 [label="rabbit", shape=box3d];
    e0 [label="patient.registered", shape=note];
  }
  n0 -> n1 [label="http:8080"];
  n1 -> e0;
  n1 -> n4;
  n2 -> n1 [label="http:8080"];
  n2 -> n3 [label="smtp", style=dashed];
  e0 -> n2;
}
`);
  });

  it('cannot be broken out of by a name, in either notation', () => {
    const evil = 'a"]; click n0 "javascript:alert(1)"\n%% <b>#quot;\\';
    const mermaid = renderMermaid(hostile(evil));
    expect(mermaid.split('\n')).toHaveLength(6);
    expect(mermaid.match(/"/g)).toHaveLength(6);
    expect(mermaid.replaceAll('-->', '')).not.toMatch(/[<>\\]|#quot/);
    const dot = renderDot(hostile(evil));
    expect(dot.split('\n')).toHaveLength(9);
    expect(dot.replaceAll(/\\./g, '').match(/"/g)).toHaveLength(6);
  });
});
