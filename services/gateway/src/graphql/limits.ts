import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { GraphQLError, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema, ValidationRule } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** The schema whole, with its introspection, is some 300 tokens. */
const TOKENS = 800;
/** The schema's own depth is 5 (appointments, nodes, patient, name, given). */
const DEPTH = 8;
const ALIASES = 15;
const DIRECTIVES = 10;
/** Fields, those of a list times `first`: a full page of appointments with every field of patient and practitioner is about 4,000. */
const COST = { maxCost: 5_000, objectCost: 1, scalarCost: 1, depthCostFactor: 1 } as const;

const RULES = [
  maxDepthRule({ n: DEPTH }),
  maxAliasesRule({ n: ALIASES }),
  maxDirectivesRule({ n: DIRECTIVES }),
  costLimitRule(COST),
] as unknown as readonly ValidationRule[];

const beforeValidation: Plugin = {
  onValidate({ params, setResult }): void {
    try {
      const errors = validate(params.schema as GraphQLSchema, params.documentAST as DocumentNode, RULES);
      if (errors.length > 0) setResult(errors);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      setResult([error]); // armor throws what it finds
    }
  },
};

/**
 * The limits of a document, by graphql-armor: tokens while it is parsed, the others before GraphQL's own validation, whose comparison of
 * overlapping fields takes time that grows with the square of their number.
 */
export const documentLimits: Plugin[] = [maxTokensPlugin({ n: TOKENS }), beforeValidation];
