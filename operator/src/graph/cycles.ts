import { compare } from '../k8s/order.ts';

/** Strongly connected components (Tarjan, SIAM J. Comput. 1(2), 1972) and nodes with an edge to themselves, in order of names. */
export function cycles(edges: readonly { from: string; to: string }[]): string[][] {
  const search = new Search(edges);
  return search.run().sort((a, b) => compare(a[0] ?? '', b[0] ?? ''));
}

class Search {
  readonly #next = new Map<string, string[]>();
  readonly #index = new Map<string, number>();
  readonly #low = new Map<string, number>();
  readonly #stack: string[] = [];
  readonly #found: string[][] = [];

  constructor(edges: readonly { from: string; to: string }[]) {
    for (const { from, to } of edges) {
      this.#next.set(from, [...(this.#next.get(from) ?? []), to]);
      if (!this.#next.has(to)) this.#next.set(to, []);
    }
  }

  run(): string[][] {
    for (const node of [...this.#next.keys()].sort(compare)) if (!this.#index.has(node)) this.#visit(node);
    return this.#found;
  }

  #visit(node: string): number {
    const index = this.#index.size;
    this.#index.set(node, index);
    this.#low.set(node, index);
    this.#stack.push(node);
    let low = index;
    for (const next of this.#next.get(node) ?? []) {
      if (!this.#index.has(next)) low = Math.min(low, this.#visit(next));
      else if (this.#stack.includes(next)) low = Math.min(low, this.#index.get(next) ?? low);
    }
    this.#low.set(node, low);
    if (low === index) this.#close(node);
    return low;
  }

  /** The node is the root of its component, which lies above it on the stack. */
  #close(root: string): void {
    const component = this.#stack.splice(this.#stack.indexOf(root)).sort(compare);
    if (component.length > 1 || this.#next.get(root)?.includes(root) === true) this.#found.push(component);
  }
}
