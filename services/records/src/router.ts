import {
  createBulkExportRouter,
  createFhirRouter,
  createOpenApiRouter,
  EXPORT_PATHS,
  FHIR_BASE,
  Router,
} from '@careplane/kit';
import type { BulkExportOptions, ResourceDefinition, UserAuth } from '@careplane/kit';
import { openApi } from './openapi.ts';

/** How requests come in, and what becomes of them. */
export interface Entrance extends Required<
  Pick<BulkExportOptions, 'access' | 'audit' | 'linkKey' | 'bundles' | 'jobs'>
> {
  readonly users: UserAuth;
}

/** The public routes of this service; every one but the CapabilityStatement needs a user token. */
export function recordsRouter(
  definitions: readonly ResourceDefinition[],
  { users, ...options }: Entrance,
): Router {
  const router = Router();
  router.post(FHIR_BASE, users.require());
  for (const { type } of definitions) router.use(`${FHIR_BASE}/${type}`, users.require());
  router.use(EXPORT_PATHS, users.require());
  router.use(createBulkExportRouter({ definitions, ...options }));
  router.use(createFhirRouter({ definitions, ...options, software: { name: 'records' } }));
  router.use(createOpenApiRouter(openApi()));
  return router;
}
