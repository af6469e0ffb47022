import {
  createBulkExportRouter,
  createFhirRouter,
  createOpenApiRouter,
  EXPORT_PATHS,
  FHIR_BASE,
  Router,
} from '@careplane/kit';
import type { BulkExportOptions, ResourceDefinition, UserAuth } from '@careplane/kit';
import { binaryBodies } from './documents/binary-route.ts';
import { UPLOADS } from './documents/upload-router.ts';
import { openApi } from './openapi.ts';
import { SEALED_DOCUMENTS } from './sealed-documents/index.ts';

const BINARY = `${FHIR_BASE}/Binary`;
/** Where contents come and go. */
export const STREAMED = [UPLOADS, BINARY, SEALED_DOCUMENTS];

/** How requests come in, and what becomes of them. */
export interface Entrance extends Required<
  Pick<BulkExportOptions, 'access' | 'audit' | 'linkKey' | 'bundles' | 'jobs'>
> {
  readonly users: UserAuth;
  readonly uploads: Router;
  /** The parts of age files. */
  readonly sealed: Router;
  /** Of a body that does not stream. */
  readonly bodyLimitBytes: number;
}

/** The public routes of this service; every one but the CapabilityStatement needs a user token. */
export function recordsRouter(
  definitions: readonly ResourceDefinition[],
  { users, uploads, sealed, bodyLimitBytes, ...options }: Entrance,
): Router {
  const router = Router();
  router.post(FHIR_BASE, users.require());
  for (const { type } of definitions) router.use(`${FHIR_BASE}/${type}`, users.require());
  router.use(EXPORT_PATHS, users.require());
  router.use(createBulkExportRouter({ definitions, ...options }));
  router.post(BINARY, binaryBodies(bodyLimitBytes));
  router.use(createFhirRouter({ definitions, ...options, software: { name: 'records' } }));
  router.use(UPLOADS, users.require());
  router.use(uploads);
  router.use(SEALED_DOCUMENTS, users.require());
  router.use(sealed);
  router.use(createOpenApiRouter(openApi()));
  return router;
}
