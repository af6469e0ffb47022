import type { Graph } from '../model.ts';
import { drawingOf, type DrawnEdge, type DrawnNamespace, type DrawnNode } from './drawing.ts';

/** https://graphviz.org/doc/info/shapes.html */
const SHAPE: Readonly<Record<DrawnNode['shape'], string>> = {
  service: 'box',
  store: 'cylinder',
  broker: 'box3d',
  event: 'note',
};

/** The graph in Graphviz' language: `careplane graph -o dot | dot -Tsvg`. */
export function renderDot(graph: Graph): string {
  return ['digraph careplane {', '  rankdir=LR;', ...drawingOf(graph).flatMap(renderNamespace), '}', ''].join(
    '\n',
  );
}

function renderNamespace({ name, nodes, edges }: DrawnNamespace, index: number): string[] {
  return [
    `  subgraph cluster_${String(index)} {`,
    `    label=${quoted(name)};`,
    ...nodes.map(({ id, label, shape, exists }) => {
      const style = exists ? '' : ', style=dashed';
      return `    ${id} [label=${quoted(label)}, shape=${SHAPE[shape]}${style}];`;
    }),
    '  }',
    ...edges.map(renderEdge),
  ];
}

function renderEdge({ from, to, label, dangling }: DrawnEdge): string {
  const attributes = [
    ...(label === '' ? [] : [`label=${quoted(label)}`]),
    ...(dangling ? ['style=dashed'] : []),
  ];
  return `  ${from} -> ${to}${attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`};`;
}

/** A double-quoted string (https://graphviz.org/doc/info/lang.html): only quotes and backslashes mean something in it. */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll(/\s+/g, ' ')}"`;
}
