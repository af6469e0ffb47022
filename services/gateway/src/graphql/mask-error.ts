import type { HttpProblem } from '@careplane/kit';
import { GraphQLError } from 'graphql';
import { problemOf } from '../backend/failure.ts';

const CODES: Readonly<Record<number, string>> = {
  400: 'BAD_USER_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  429: 'TOO_MANY_REQUESTS',
};

/** Queries only read. */
const READ = { openMs: 1_000, repeatable: true } as const;

/** What a client sees of an error: GraphQL's own messages, a problem's title and code, and nothing of anything else. */
export function maskError(error: unknown): Error {
  if (!(error instanceof GraphQLError)) return masked(problemOf(error, READ), undefined);
  const { originalError: cause } = error;
  if (!cause || cause instanceof GraphQLError) return error; // GraphQL's own: syntax, validation, coercion
  return masked(problemOf(cause, READ), error);
}

function masked(problem: HttpProblem, at: GraphQLError | undefined): GraphQLError {
  const code =
    CODES[problem.status] ?? (problem.status === 503 || problem.status === 504 ? 'UNAVAILABLE' : 'INTERNAL');
  return new GraphQLError(problem.title, {
    ...(at?.nodes ? { nodes: at.nodes } : {}),
    ...(at?.path ? { path: at.path } : {}),
    extensions: { code },
  });
}
