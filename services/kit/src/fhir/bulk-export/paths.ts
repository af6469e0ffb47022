import { FHIR_BASE } from '../base-url.ts';

/** Where exports are asked after, below the FHIR base. */
export const EXPORT_JOBS_PATH = '$export-jobs';

/** Where exports are kicked off. */
export const KICK_OFF_PATHS = [`${FHIR_BASE}/$export`, `${FHIR_BASE}/Patient/$export`];

/** The paths that need a user token. */
export const EXPORT_PATHS = [...KICK_OFF_PATHS, `${FHIR_BASE}/${EXPORT_JOBS_PATH}`];
