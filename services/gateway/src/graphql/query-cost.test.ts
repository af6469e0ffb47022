import { describe, expect, it } from '@jest/globals';
import { buildSchema, Kind, parse, validate } from 'graphql';
import type { FragmentDefinitionNode } from 'graphql';
import { costOf, limitCost } from './query-cost.ts';
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

  it('ends early with a query that is wide and not deep', () => {
    const layers = Array.from(
      { length: 5 },
      (_, i) => `fragment F${i} on Me { ${'...F'.concat(String(i + 1), ' ').repeat(30)} }`,
    );
    const started = performance.now();
    const { cost, depth } = judge(`{ ${'...F0 '.repeat(30)} } ${layers.join(' ')} fragment F5 on Me { id }`);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(cost).toBeGreaterThan(5_000);
    expect(depth).toBeLessThanOrEqual(8);
  });

  it('counts what is as deep as may be, and nothing of what is deeper', () => {
    const nested = (levels: number): string => `${'{ me '.repeat(levels - 1)}{ id ${'}'.repeat(levels)}`;
    expect(judge(nested(8))).toEqual({ depth: 8, cost: 8 });
    expect(judge(nested(9))).toEqual({ depth: 9, cost: 8 });
  });

  it('clamps the length of a page to what the server gives', () => {
    expect(judge('{ appointments(first: 1000) { nodes { id } } }').cost).toBe(1 + 100 * 2);
    expect(judge('{ appointments(first: 0) { nodes { id } } }').cost).toBe(1 + 1 * 2);
    expect(judge('{ appointments(first: -5) { nodes { id } } }').cost).toBe(1 + 1 * 2);
    expect(judge('{ appointments(after: 3) { nodes { id } } }').cost).toBe(1 + 20 * 2);
    expect(judge('{ me(first: 10) { id } }').cost).toBe(2);
  });

  it('takes introspection for one field, and a fragment that is not there for one too', () => {
    expect(judge('{ __schema { types { fields { name } } } }')).toEqual({ depth: 1, cost: 1 });
    expect(judge('{ me { __typename ...Gone } }')).toEqual({ depth: 2, cost: 3 });
  });

  it('counts inline fragments with a level of their own', () => {
    expect(judge('{ me { ... on Me { id } } }')).toEqual({ depth: 3, cost: 3 });
    expect(judge('{ me { id } } fragment F on Me { id role }')).toEqual({ depth: 2, cost: 2 });
  });
});

describe('the limit of a query', () => {
  const schema = buildSchema('type Query { me: Me appointments(first: Int): Me } type Me { id: ID me: Me }');
  const refused = (text: string): string[] =>
    validate(schema, parse(text), [limitCost]).map(({ message }) => message);
  const nested = (levels: number): string => `${'{ me '.repeat(levels - 1)}{ id ${'}'.repeat(levels)}`;

  it('is a depth of 8', () => {
    expect(refused(nested(8))).toEqual([]);
    expect(refused(nested(9))).toEqual(['The query is deeper than 8']);
  });

  it('is a cost of 5,000', () => {
    const ids = (count: number): string =>
      Array.from({ length: count }, (_, index) => `a${index}: id`).join(' ');
    // 1 + 100 * 49 + 99 = 5,000
    const most = `{ appointments(first: 100) { ${ids(49)} } ${ids(99).replaceAll('id', 'me')} }`;
    expect(refused(most)).toEqual([]);
    expect(refused(`${most.slice(0, -1)} last: me }`)).toEqual(['The query costs more than 5000']);
  });

  it('holds for what fragments of the document bring', () => {
    const loop = 'query { me { ...F } } fragment F on Me { me { ...F } }';
    expect(refused(loop)).toEqual(['The query is deeper than 8']);
  });
});
