export { buildGraph } from './build-graph.ts';
export type { Declared, Finding, FindingKind, Graph, GraphEdge, GraphNode } from './model.ts';
export { nodeId, nodeName } from './node-id.ts';
export { renderDot } from './render/dot.ts';
export { renderMermaid } from './render/mermaid.ts';
export { renderText } from './render/text.ts';
