import { ATTRIBUTES, satisfies } from '@careplane/access';
import type { Attribute, Attributes, Constraint } from '@careplane/access';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { constraintToMongo } from './constraint-to-mongo.ts';
import type { AttributeMap } from './constraint-to-mongo.ts';

/** Attributes in two places, with a prefix, and one that documents never have. */
const MAP: AttributeMap = {
  id: [{ path: '_id' }],
  patient: [
    { path: 'subject', prefix: 'Patient/' },
    { path: 'others', prefix: 'Patient/' },
  ],
  practitioner: [{ path: 'who' }],
  organization: 'none',
  category: [{ path: 'categories' }],
  dataClass: [{ path: 'dataClass' }],
  author: [{ path: 'author' }],
};

const VALUES = ['a', 'b', 'c'];
const values = fc.array(fc.constantFrom(...VALUES), { maxLength: 3 });
const attribute = fc.constantFrom<Attribute>(...ATTRIBUTES);

const { constraint } = fc.letrec<{ constraint: Constraint }>((tie) => ({
  constraint: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Constraint>({ kind: 'all' }, { kind: 'none' }),
    fc.record({ kind: fc.constantFrom<'in' | 'notIn' | 'only'>('in', 'notIn', 'only'), attribute, values }),
    fc.record({
      kind: fc.constantFrom<'and' | 'or'>('and', 'or'),
      of: fc.array(tie('constraint'), { maxLength: 3 }),
    }),
  ),
}));

const documents = fc.record({
  id: fc.constantFrom(...VALUES),
  patient: fc.tuple(fc.option(fc.constantFrom(...VALUES)), values),
  practitioner: values,
  category: values,
  author: fc.option(fc.constantFrom(...VALUES)),
});

type Drawn = typeof documents extends fc.Arbitrary<infer T> ? T : never;

const attributesOf = ({
  id,
  patient: [first, others],
  practitioner,
  category,
  author,
}: Drawn): Attributes => ({
  id: [id],
  patient: [...(first === null ? [] : [first]), ...others],
  practitioner,
  category,
  ...(author === null ? {} : { author: [author] }),
});

const documentOf = ({ id, patient: [first, others], practitioner, category, author }: Drawn): Document => ({
  _id: id,
  ...(first === null ? {} : { subject: `Patient/${first}` }),
  others: others.map((other) => `Patient/${other}`),
  who: practitioner,
  categories: category,
  ...(author === null ? {} : { author }),
});

type Document = Record<string, unknown>;

/** The few operators that constraints become, as MongoDB's manual defines them. */
function holds(filter: Document, document: Document): boolean {
  return Object.entries(filter).every(([key, condition]) => {
    if (key === '$and') return (condition as Document[]).every((part) => holds(part, document));
    if (key === '$or') return (condition as Document[]).some((part) => holds(part, document));
    return Object.entries(condition as Document).every(([operator, operand]) =>
      OPERATORS[operator]?.(document[key], operand),
    );
  });
}

const OPERATORS: Readonly<Record<string, (found: unknown, operand: unknown) => boolean>> = {
  $in: (found, operand) => presentIn(found).some((one) => (operand as unknown[]).includes(one)),
  $nin: (found, operand) => !presentIn(found).some((one) => (operand as unknown[]).includes(one)),
  $size: (found, operand) => Array.isArray(found) && found.length === operand,
  $not: (found, operand) =>
    !Object.entries(operand as Document).every(([operator, inner]) => OPERATORS[operator]?.(found, inner)),
  $elemMatch: (found, operand) =>
    Array.isArray(found) && found.some((one) => !(operand as { $nin: unknown[] }).$nin.includes(one)),
};

/** What is absent is null to `$in`. */
function presentIn(found: unknown): unknown[] {
  return Array.isArray(found) ? (found as unknown[]) : [found ?? null];
}

describe('a constraint as a MongoDB filter', () => {
  it('matches a document exactly when its attributes satisfy it', () => {
    fc.assert(
      fc.property(constraint, documents, (drawn, document) => {
        const filter = constraintToMongo(drawn, MAP) as Document;
        expect(holds(filter, documentOf(document))).toBe(satisfies(drawn, attributesOf(document)));
      }),
      { numRuns: 2_000 },
    );
  });
});
