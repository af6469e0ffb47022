import { channel } from 'node:diagnostics_channel';
import { Router } from 'express';
import type { Request, RequestHandler } from 'express';
import { HttpProblem } from '../http/errors.ts';
import type { Reply } from '../http/route.ts';
import { beginRecord } from './access-record.ts';
import { sendFhir } from './answer.ts';
import { FHIR_BASE } from './base-url.ts';
import { capabilityStatement } from './capability.ts';
import { withDataClasses } from './data-classes.ts';
import type { ResourceDefinition } from './definition.ts';
import { idOf, queryTextOf } from './interactions/context.ts';
import type { FhirOptions } from './interactions/context.ts';
import { operate } from './interactions/operation.ts';
import { history, read, vread } from './interactions/read.ts';
import { search } from './interactions/search.ts';
import { create, remove, update } from './interactions/write.ts';
import { requireJsonAccepted } from './negotiation.ts';
import { fhirRoutes } from './routes.ts';
import type { FhirRoute } from './routes.ts';

type Handle = (options: FhirOptions, definition: ResourceDefinition, req: Request) => Promise<Reply>;

const INTERACTIONS: Readonly<Record<string, Handle>> = {
  read,
  vread,
  history,
  search,
  create,
  update,
  delete: remove,
};

/** Each route that answered, for tests that count which they have reached. Costs nothing while nobody listens. */
export const SERVED_ROUTES = channel('careplane.fhir.route');

/**
 * The routes of a FHIR R4 server below `/fhir/R4` (hl7.org/fhir/R4/http.html). Access is decided before each interaction and
 * again with what was read; errors are OperationOutcomes, written by the kit's error handler.
 */
export function createFhirRouter(given: FhirOptions): Router {
  const options = { ...given, definitions: given.definitions.map(withDataClasses) };
  const router = Router({ caseSensitive: true });
  const routes = fhirRoutes(options.definitions);
  router.get(`${FHIR_BASE}/metadata`, (req, res) => {
    requireJsonAccepted(req, formatOf(req));
    sendFhir(res, { status: 200, body: capabilityStatement(options, req) });
  });
  for (const [path, onPath] of Map.groupBy(routes, (route) => route.path)) {
    const at = router.route(path);
    for (const route of onPath) {
      at[methodOf(route)](handlerOf(route, options));
    }
    at.all(refuseMethod(onPath));
  }
  return router;
}

/** `_format` of the query: most have none. */
function formatOf(req: Request): string | undefined {
  const query = queryTextOf(req);
  return query === '' ? undefined : (new URLSearchParams(query).get('_format') ?? undefined);
}

function methodOf({ method }: FhirRoute): 'get' | 'post' | 'put' | 'delete' {
  return method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
}

function handlerOf(route: FhirRoute, options: FhirOptions): RequestHandler {
  const definition = options.definitions.find(({ type }) => type === route.type);
  if (!definition) throw new Error(`no definition of ${route.type}`);
  const handle = handleOf(route, definition);
  return async (req, res) => {
    requireJsonAccepted(req, formatOf(req));
    const reply = await recorded(req, { route, options }, () => handle(options, definition, req));
    if (SERVED_ROUTES.hasSubscribers) SERVED_ROUTES.publish(route);
    sendFhir(res, reply);
  };
}

/** An answer that is not recorded is not given, and a refusal neither. */
async function recorded(
  req: Request,
  { route: { action, type }, options }: { readonly route: FhirRoute; readonly options: FhirOptions },
  work: () => Promise<Reply>,
): Promise<Reply> {
  const { audit: trail, definitions } = options;
  const id = typeof req.params['id'] === 'string' ? idOf(req) : undefined;
  const record = beginRecord(req, { trail, definitions, asked: { action, type, id } });
  let reply: Reply;
  try {
    reply = await work();
  } catch (error) {
    await record.refused(error);
    throw error;
  }
  await record.granted(reply.body);
  return reply;
}

function handleOf({ action, path }: FhirRoute, definition: ResourceDefinition): Handle {
  const handle = INTERACTIONS[action];
  if (handle) return handle;
  const level = path.includes('/:id/') ? 'instance' : 'type';
  const operation = definition.operations?.find((one) => one.name === action && one.level === level);
  if (!operation) throw new Error(`no operation ${action} of ${definition.type}`);
  return (options, _definition, req) => operate(options, { definition, operation }, req);
}

function refuseMethod(routes: readonly FhirRoute[]): RequestHandler {
  const methods = routes.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  const allow = [...methods, 'OPTIONS'].join(', ');
  return (req, res) => {
    if (req.method === 'OPTIONS') res.status(204).set({ allow }).end();
    else throw new HttpProblem(405, 'Method not allowed', { headers: { allow } });
  };
}
