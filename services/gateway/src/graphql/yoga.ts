import { describeError } from '@careplane/kit';
import type { Logger, Request, RequestHandler } from '@careplane/kit';
import { createSchema, createYoga } from 'graphql-yoga';
import { guardedUser } from '../entrance/guard.ts';
import { createContext } from './context.ts';
import type { GraphqlContext } from './context.ts';
import { documentLimits } from './limits.ts';
import { maskError } from './mask-error.ts';
import { resolvers } from './resolvers.ts';
import { createRestReader } from './rest.ts';
import type { RestReaderOptions } from './rest.ts';
import { typeDefs } from './type-defs.ts';

/** The GraphQL endpoint's handler. Batches, GraphiQL and GET are off: one POST, one operation. */
export function createHandler(options: RestReaderOptions & { readonly logger: Logger }): RequestHandler {
  const yoga = createYoga<{ req: Request }, GraphqlContext>({
    schema: createSchema<{ req: Request } & GraphqlContext>({ typeDefs, resolvers }),
    context: ({ req }) => createContext(guardedUser(req), createRestReader(req, options)),
    plugins: documentLimits,
    maskedErrors: {
      maskError(error): Error {
        const shown = maskError(error);
        if (shown !== error) options.logger.debug('graphql error', describeError(error));
        return shown;
      },
    },
    graphqlEndpoint: '/graphql',
    landingPage: false,
    graphiql: false,
    batching: false,
    logging: false,
    cors: false,
  });
  return async (req, res) => {
    await yoga.handle(req, res, { req });
  };
}
