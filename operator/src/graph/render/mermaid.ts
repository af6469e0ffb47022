import type { Graph } from '../model.ts';
import { drawingOf, type DrawnEdge, type DrawnNamespace, type DrawnNode } from './drawing.ts';

/** https://mermaid.js.org/syntax/flowchart.html#node-shapes */
const SHAPE: Readonly<Record<DrawnNode['shape'], readonly [string, string]>> = {
  service: ['[', ']'],
  store: ['[(', ')]'],
  broker: ['[[', ']]'],
  event: ['([', '])'],
};

/** The graph as a Mermaid flowchart, as GitHub and many editors show it. */
export function renderMermaid(graph: Graph): string {
  const namespaces = drawingOf(graph);
  const missing = namespaces.flatMap(({ nodes }) => nodes.filter(({ exists }) => !exists));
  return [
    'flowchart LR',
    ...namespaces.flatMap(renderNamespace),
    ...(missing.length === 0
      ? []
      : [
          '  classDef missing stroke-dasharray: 4 4',
          `  class ${missing.map(({ id }) => id).join(',')} missing`,
        ]),
    '',
  ].join('\n');
}

function renderNamespace({ name, nodes, edges }: DrawnNamespace, index: number): string[] {
  return [
    `  subgraph ns${String(index)}[${quoted(name)}]`,
    ...nodes.map(({ id, label, shape }) => `    ${id}${SHAPE[shape][0]}${quoted(label)}${SHAPE[shape][1]}`),
    '  end',
    ...edges.map(renderEdge),
  ];
}

function renderEdge({ from, to, label, dangling }: DrawnEdge): string {
  const arrow = dangling ? '-.->' : '-->';
  return `  ${from} ${arrow}${label === '' ? '' : `|${quoted(label)}|`} ${to}`;
}

/** Quotes and angle brackets as entity codes: nothing that a name holds can end the text or become markup. */
function quoted(text: string): string {
  const escaped = text.replaceAll(/[#"<>&\\`]/g, (sign) => `#${String(sign.codePointAt(0))};`);
  return `"${escaped.replaceAll(/\s+/g, ' ')}"`;
}
