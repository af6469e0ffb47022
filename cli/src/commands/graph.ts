import type { EncryptedStore } from '@careplane/operator/api/encryptedstore';
import type { HealthcareService } from '@careplane/operator/api/healthcareservice';
import type { MessageBroker } from '@careplane/operator/api/messagebroker';
import { buildGraph, renderDot, renderMermaid, renderText } from '@careplane/operator/graph';
import type { Graph } from '@careplane/operator/graph';
import type { CustomObject } from '@careplane/operator/runtime/kube';
import { connect } from '../cluster.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { listOwn } from '../own-kinds.ts';
import { declare } from '../plan/declare.ts';
import { readManifests } from '../plan/manifests.ts';
import type { Terminal } from '../terminal.ts';

export interface GraphOptions extends ClusterOptions {
  filename?: string[];
  output: 'text' | 'mermaid' | 'dot' | 'json';
  allNamespaces: boolean;
}

const RENDERERS: Readonly<Record<GraphOptions['output'], (graph: Graph) => string>> = {
  text: renderText,
  mermaid: renderMermaid,
  dot: renderDot,
  json: (graph) => `${JSON.stringify(graph, undefined, 2)}\n`,
};

/** `careplane graph`: of files when there are any, else of the cluster. */
export async function graph(options: GraphOptions, terminal: Terminal): Promise<number> {
  const objects =
    options.filename === undefined
      ? await fromCluster(options, terminal)
      : await fromFiles(options.filename, options, terminal);
  terminal.out(RENDERERS[options.output](graphOf(objects)));
  return 0;
}

async function fromFiles(
  paths: readonly string[],
  { namespace }: ClusterOptions,
  terminal: Terminal,
): Promise<CustomObject<unknown>[]> {
  const { declared } = declare(await readManifests(paths, terminal), namespace ?? 'default');
  return declared
    .map(({ object }) => object)
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
}

async function fromCluster(options: GraphOptions, terminal: Terminal): Promise<CustomObject<unknown>[]> {
  const cluster = await connect(options, terminal);
  try {
    return await listOwn(cluster.client, options.allNamespaces ? undefined : cluster.namespace);
  } finally {
    await cluster.close();
  }
}

function graphOf(objects: readonly CustomObject<unknown>[]): Graph {
  const of = (kind: string): unknown[] => objects.filter((object) => object.kind === kind);
  return buildGraph({
    services: of('HealthcareService') as HealthcareService[],
    stores: of('EncryptedStore') as EncryptedStore[],
    brokers: of('MessageBroker') as MessageBroker[],
  });
}
