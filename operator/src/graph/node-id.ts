import type { NodeKind } from './model.ts';

/** Unique and stable name of a node: `clinic/service/identity`. */
export function nodeId(namespace: string, kind: NodeKind, name: string): string {
  return `${namespace}/${kind}/${name}`;
}

/** The name alone, which has no slash. */
export function nodeName(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
