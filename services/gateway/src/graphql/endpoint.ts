import type { Logger, RequestHandler } from '@careplane/kit';
import type { RestReaderOptions } from './rest.ts';

/** `POST /graphql`. GraphQL is loaded by the first query: it is half of the gateway's code and most starts do not need it. */
export function createGraphql(options: RestReaderOptions & { readonly logger: Logger }): RequestHandler {
  let loading: Promise<RequestHandler> | undefined;
  return async (req, res, next) => {
    loading ??= import('./yoga.ts').then(({ createHandler }) => createHandler(options));
    const handler = await loading;
    await handler(req, res, next);
  };
}
