import { bodies, discardBody, HttpProblem } from '@careplane/kit';
import type { Logger, Request, RequestHandler } from '@careplane/kit';
import type { Admission } from '../entrance/admission.ts';
import type { RestReaderOptions } from './rest.ts';

/** A GraphQL document and its variables. */
const BODY_BYTES = 32_768;

const read = bodies(BODY_BYTES);

/** Reads the body of a request before GraphQL sees it: `application/json` and nothing else. */
export function graphqlBody(admission: Pick<Admission, 'arriving'>): RequestHandler {
  return async (req, res, next) => {
    await admission.arriving(req, async () => {
      await requireJson(req);
      await read(req, res, () => undefined);
    });
    next();
  };
}

async function requireJson(req: Request): Promise<void> {
  const [type = ''] = (req.headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() === 'application/json') return;
  await discardBody(req);
  throw new HttpProblem(415, 'The media type is not supported', {
    headers: { accept: 'application/json' },
  });
}

/** `POST /graphql`. GraphQL is loaded by the first query: it is half of the gateway's code and most starts do not need it. */
export function createGraphql(options: RestReaderOptions & { readonly logger: Logger }): RequestHandler {
  let loading: Promise<RequestHandler> | undefined;
  return async (req, res, next) => {
    loading ??= import('./yoga.ts').then(({ createHandler }) => createHandler(options));
    const handler = await loading;
    await handler(req, res, next);
  };
}
