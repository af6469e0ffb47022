import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { GraphQLError, Kind, validate, visit } from 'graphql';
import type { ArgumentNode, DocumentNode, GraphQLSchema, ValidationRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LARGEST_PAGE } from './resolvers.ts';

/** The schema whole, with its introspection, is some 300 tokens. */
const TOKENS = 800;
/** The schema's own depth is 5 (appointments, nodes, patient, name, given). */
const DEPTH = 8;
const ALIASES = 15;
const DIRECTIVES = 10;
/** Fields, those of a list times `first`: a full page of appointments with every field of patient and practitioner is about 4,000. */
const COST = { maxCost: 5_000, objectCost: 1, scalarCost: 1, depthCostFactor: 1 } as const;

/** As the schema has it. */
const DEFAULT_PAGE = 20;

const RULES = [
  maxDepthRule({ n: DEPTH }),
  maxAliasesRule({ n: ALIASES }),
  maxDirectivesRule({ n: DIRECTIVES }),
  costLimitRule(COST),
] as unknown as readonly ValidationRule[];

const beforeValidation: Plugin = {
  onValidate({ params, setResult }): void {
    try {
      const errors = validate(
        params.schema as GraphQLSchema,
        withPages(params.documentAST as DocumentNode),
        RULES,
      );
      if (errors.length > 0) setResult(errors);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      setResult([error]); // armor throws what it finds
    }
  },
};

/**
 * The document as its cost is judged: of a page whose size is a variable, which is not known yet, the largest is assumed, and of
 * one without a size the default.
 */
function withPages(document: DocumentNode): DocumentNode {
  return visit(document, {
    Field: (field) => {
      if (field.name.value !== 'appointments') return undefined;
      const first = field.arguments?.find(({ name }) => name.value === 'first');
      if (first !== undefined && first.value.kind !== Kind.VARIABLE) return undefined;
      const others = (field.arguments ?? []).filter((argument) => argument !== first);
      const size = first === undefined ? DEFAULT_PAGE : LARGEST_PAGE;
      return { ...field, arguments: [pageOf(size), ...others] };
    },
  });
}

function pageOf(size: number): ArgumentNode {
  return {
    kind: Kind.ARGUMENT,
    name: { kind: Kind.NAME, value: 'first' },
    value: { kind: Kind.INT, value: String(size) },
  };
}

/**
 * The limits of a document, by graphql-armor: tokens while it is parsed, the others before GraphQL's own validation, whose comparison of
 * overlapping fields takes time that grows with the square of their number.
 */
export const documentLimits: Plugin[] = [maxTokensPlugin({ n: TOKENS }), beforeValidation];
