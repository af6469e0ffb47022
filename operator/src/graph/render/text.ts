import type { FindingKind, Graph, GraphEdge, GraphNode } from '../model.ts';

const TITLE: Readonly<Record<FindingKind, string>> = {
  dangling: 'dangling (the other end does not exist)',
  'one-sided': 'one-sided (an event without a publisher or a consumer)',
  unused: 'unused',
  cycle: 'circles of calls (allowed)',
};

/** The graph as text: a tree for each namespace, every service with its edges, then the findings. */
export function renderText(graph: Graph): string {
  const namespaces = [...new Set(graph.nodes.map(({ namespace }) => namespace))];
  if (namespaces.length === 0) return 'nothing is declared\n';
  return `${namespaces.map((namespace) => renderNamespace(namespace, graph)).join('\n\n')}\n`;
}

function renderNamespace(namespace: string, { nodes, edges, findings }: Graph): string {
  const here = nodes.filter((node) => node.namespace === namespace);
  const known = new Map(here.map((node) => [node.id, node]));
  const width = Math.max(...here.map(({ name }) => name.length));
  const lines = here
    .filter(({ exists }) => exists)
    .flatMap((node) =>
      renderNode(
        node,
        edges.filter(({ from }) => from === node.id),
        known,
        width,
      ),
    );
  const odd = findings.filter(({ node }) => known.has(node));
  return [namespace, ...lines, ...renderFindings(odd, known)].join('\n');
}

function renderNode(
  node: GraphNode,
  edges: readonly GraphEdge[],
  known: ReadonlyMap<string, GraphNode>,
  width: number,
): string[] {
  const head = `  ${node.name.padEnd(width)}  ${node.kind}, ${node.detail}`;
  const branches = edges.map((edge, index) => {
    const line = index === edges.length - 1 ? '└─' : '├─';
    return `    ${line} ${edge.kind.padEnd('publishes'.length)}  ${otherEnd(edge, known.get(edge.to))}`;
  });
  return [head, ...branches];
}

function otherEnd({ kind, to, label }: GraphEdge, node: GraphNode | undefined): string {
  const name = `${node?.name ?? to}${node?.exists === true ? '' : ' (missing)'}`;
  if (kind === 'stores') return name;
  return kind === 'calls' ? `${name}  ${label}` : `${label}  via ${name}`;
}

function renderFindings(findings: Graph['findings'], known: ReadonlyMap<string, GraphNode>): string[] {
  const kinds = [...new Set(findings.map(({ kind }) => kind))];
  const width = Math.max(0, ...findings.map(({ node }) => known.get(node)?.name.length ?? 0));
  return kinds.flatMap((kind) => [
    `  ${TITLE[kind]}`,
    ...findings
      .filter((finding) => finding.kind === kind)
      .map(({ node, message }) => `    ${(known.get(node)?.name ?? node).padEnd(width)}  ${message}`),
  ]);
}
