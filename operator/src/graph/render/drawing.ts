import type { Graph, GraphEdge, GraphNode } from '../model.ts';

/** A node of a drawing: the graph's own, and one for each event at each broker. */
export interface DrawnNode {
  /** Letters and digits only, so that no notation needs it quoted. */
  id: string;
  label: string;
  shape: GraphNode['kind'] | 'event';
  exists: boolean;
}

export interface DrawnEdge {
  from: string;
  to: string;
  label: string;
  /** Whether the other end is missing. */
  dangling: boolean;
}

export interface DrawnNamespace {
  name: string;
  nodes: DrawnNode[];
  edges: DrawnEdge[];
}

/** The graph as it is drawn: events are nodes, and an arrow goes the way of calls and messages. */
export function drawingOf({ nodes, edges }: Graph): DrawnNamespace[] {
  const ids = new Map(nodes.map((node, index) => [node.id, `n${String(index)}`]));
  const known = new Map(nodes.map((node) => [node.id, node]));
  const events = eventIds(edges);
  return [...new Set(nodes.map(({ namespace }) => namespace))].map((name) => {
    const own = edges.filter(({ from }) => known.get(from)?.namespace === name);
    return {
      name,
      nodes: [
        ...nodes.filter(({ namespace }) => namespace === name).map((node) => drawnNode(node, ids)),
        ...drawnEvents(own, events, known),
      ],
      edges: own.map((edge) => drawnEdge(edge, { ids, events, known })),
    };
  });
}

function eventIds(edges: readonly GraphEdge[]): Map<string, string> {
  const keys = edges.filter(isEvent).map(eventKey);
  return new Map([...new Set(keys)].map((key, index) => [key, `e${String(index)}`]));
}

function drawnNode(node: GraphNode, ids: ReadonlyMap<string, string>): DrawnNode {
  return { id: ids.get(node.id) ?? node.id, label: node.name, shape: node.kind, exists: node.exists };
}

function drawnEvents(
  edges: readonly GraphEdge[],
  events: ReadonlyMap<string, string>,
  known: ReadonlyMap<string, GraphNode>,
): DrawnNode[] {
  const drawn = edges.filter(isEvent).map((edge): [string, DrawnNode] => {
    const id = events.get(eventKey(edge)) ?? edge.label;
    return [id, { id, label: edge.label, shape: 'event', exists: known.get(edge.to)?.exists === true }];
  });
  return [...new Map(drawn).values()];
}

interface Names {
  ids: ReadonlyMap<string, string>;
  events: ReadonlyMap<string, string>;
  known: ReadonlyMap<string, GraphNode>;
}

function drawnEdge(edge: GraphEdge, { ids, events, known }: Names): DrawnEdge {
  const from = ids.get(edge.from) ?? edge.from;
  const dangling = known.get(edge.to)?.exists !== true;
  if (!isEvent(edge)) return { from, to: ids.get(edge.to) ?? edge.to, label: edge.label, dangling };
  const event = events.get(eventKey(edge)) ?? edge.label;
  return edge.kind === 'publishes'
    ? { from, to: event, label: '', dangling }
    : { from: event, to: from, label: '', dangling };
}

function isEvent({ kind }: GraphEdge): boolean {
  return kind === 'publishes' || kind === 'consumes';
}

function eventKey({ to, label }: GraphEdge): string {
  return `${to} ${label}`;
}
