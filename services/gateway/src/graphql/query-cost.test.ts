import { describe, expect, it } from '@jest/globals';
import { Kind, parse } from 'graphql';
import type { FragmentDefinitionNode } from 'graphql';
import { costOf } from './query-cost.ts';
import type { QueryCost } from './query-cost.ts';

function judge(text: string): QueryCost {
  const { definitions } = parse(text);
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const fragment = (name: string): FragmentDefinitionNode | undefined =>
    definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
    ) as FragmentDefinitionNode | undefined;
  if (!operation) throw new Error('no operation');
  return costOf(operation.selectionSet, fragment);
}

describe('the cost of a query', () => {
  it('counts fields, a list’s by its length', () => {
    expect(judge('{ me { id role } }')).toEqual({ depth: 2, cost: 3 });
    expect(judge('{ appointments(first: 10) { nodes { id } } }')).toEqual({ depth: 3, cost: 1 + 10 * 2 });
    expect(judge('{ appointments { nodes { id } } }').cost).toBe(1 + 20 * 2);
    expect(judge('query ($n: Int) { appointments(first: $n) { nodes { id } } }').cost).toBe(1 + 100 * 2);
  });

  it('counts what fragments bring, and ends with one that contains itself', () => {
    expect(judge('{ me { ...F } } fragment F on Me { id role }').cost).toBe(4);
    expect(judge('{ me { ...F } } fragment F on Me { patient { ...F } }').depth).toBeGreaterThan(8);
  });

  it('ends early with a query made to be costly to judge', () => {
    const layers = Array.from(
      { length: 7 },
      (_, i) => `fragment F${i} on Me { ${'...F'.concat(String(i + 1), ' ').repeat(30)} }`,
    );
    const started = performance.now();
    const { cost, depth } = judge(
      `{ ${'me { ...F0 } '.repeat(30)} } ${layers.join(' ')} fragment F7 on Me { id }`,
    );
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(cost > 5_000 || depth > 8).toBe(true);
  });
});
