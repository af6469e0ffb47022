import { channel } from 'node:diagnostics_channel';
import { Router } from 'express';
import type { RequestHandler } from 'express';
import { HttpProblem } from '../http/errors.ts';
import { sendFhir } from './answer.ts';
import { FHIR_BASE } from './base-url.ts';
import { bundle } from './bundles/index.ts';
import { capabilityStatement } from './capability.ts';
import { withDataClasses } from './data-classes.ts';
import type { ResourceDefinition } from './definition.ts';
import { formatOf } from './interactions/context.ts';
import type { FhirOptions } from './interactions/context.ts';
import { operate } from './interactions/operation.ts';
import { INTERACTIONS } from './interactions/index.ts';
import type { Handle } from './interactions/index.ts';
import { requireJsonAccepted } from './negotiation.ts';
import { recorded } from './recorded.ts';
import { fhirRoutes } from './routes.ts';
import type { FhirRoute } from './routes.ts';

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
  const { bundles } = options;
  if (bundles) {
    router.post(FHIR_BASE, async (req, res) => {
      requireJsonAccepted(req, formatOf(req));
      sendFhir(res, await bundle(options, bundles, req));
    });
  }
  for (const [path, onPath] of Map.groupBy(routes, (route) => route.path)) {
    const at = router.route(path);
    for (const route of onPath) {
      at[methodOf(route)](handlerOf(route, options));
    }
    at.all(refuseMethod(onPath));
  }
  return router;
}

function methodOf({ method }: FhirRoute): 'get' | 'post' | 'put' | 'delete' {
  return method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
}

function handlerOf(route: FhirRoute, options: FhirOptions): RequestHandler {
  const definition = options.definitions.find(({ type }) => type === route.type);
  if (!definition) throw new Error(`no definition of ${route.type}`);
  const handle = handleOf(route, definition);
  const isNative = definition.native !== undefined && route.method === 'GET';
  return async (req, res) => {
    if (!isNative) requireJsonAccepted(req, formatOf(req));
    const reply = await recorded(req, { asked: route, options }, () => handle(options, definition, req));
    if (SERVED_ROUTES.hasSubscribers) SERVED_ROUTES.publish(route);
    if (reply.send) await reply.send(res);
    else sendFhir(res, reply);
  };
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
