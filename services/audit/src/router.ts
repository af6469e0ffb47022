import {
  createFhirRouter,
  createInternalRouter,
  createOpenApiRouter,
  FHIR_BASE,
  Router,
} from '@careplane/kit';
import type { AccessPort, AuditTrail, ServiceAuth, UserAuth } from '@careplane/kit';
import { internalRoutes } from './accesses/accesses-route.ts';
import { fhirDefinitions, openApi } from './definitions.ts';
import type { EventStore } from './events/store.ts';
import { exportGuards } from './exports-route.ts';
import type { AuditLog } from './log/index.ts';
import { logRouter } from './log/router.ts';

/** Where the log is. */
const LOG = '/audit-log';

export interface RouterParts {
  readonly events: EventStore;
  readonly log: AuditLog;
  readonly users: UserAuth;
  readonly services: ServiceAuth;
  readonly access: AccessPort;
  readonly audit: AuditTrail;
  /** See `FhirOptions.linkKey`: what is searched by is about persons. */
  readonly linkKey: readonly Buffer[];
}

/** The log without its records, for the operator, which keeps its checkpoints. */
export function publicLogRouter(log: AuditLog): Router {
  return Router().use(LOG, logRouter(log));
}

/** The public routes: AuditEvents over FHIR, and the log itself (hashes and ids) for whoever verifies it. */
export function auditRouter(parts: RouterParts): Router {
  const { events, log, users, services, access, audit, linkKey } = parts;
  const router = Router();
  router.use(createInternalRouter(internalRoutes, { events, audit }, services));
  const definitions = fhirDefinitions(events);
  for (const { type } of definitions) router.use(`${FHIR_BASE}/${type}`, users.require());
  router.use(createFhirRouter({ definitions, access, audit, linkKey, software: { name: 'audit' } }));
  router.use(LOG, logRouter(log, exportGuards({ users, access, audit })));
  router.use(createOpenApiRouter(openApi()));
  return router;
}
