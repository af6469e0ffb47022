import { bodies, discardBody, HttpProblem } from '@careplane/kit';
import type { Logger, RequestHandler } from '@careplane/kit';
import type { RestReaderOptions } from './rest.ts';

/** A GraphQL document and its variables. */
const BODY_BYTES = 32_768;

const onlyJson: RequestHandler = async (req, _res, next) => {
  const [type = ''] = (req.headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') {
    await discardBody(req);
    throw new HttpProblem(415, 'The media type is not supported', {
      headers: { accept: 'application/json' },
    });
  }
  next();
};

/** What is read of a request before GraphQL sees it: `application/json` and nothing else. */
export const graphqlBody: readonly RequestHandler[] = [onlyJson, bodies(BODY_BYTES)];

/** `POST /graphql`. GraphQL is loaded by the first query: it is half of the gateway's code and most starts do not need it. */
export function createGraphql(options: RestReaderOptions & { readonly logger: Logger }): RequestHandler {
  let loading: Promise<RequestHandler> | undefined;
  return async (req, res, next) => {
    loading ??= import('./yoga.ts').then(({ createHandler }) => createHandler(options));
    const handler = await loading;
    await handler(req, res, next);
  };
}
