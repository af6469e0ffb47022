export { exportRoutes } from './documented.ts';
export { EXPORT_FILES, EXPORT_JOBS, exportCollections } from './job.ts';
export type { ExportFile, ExportJob } from './job.ts';
export { ExportJobs } from './jobs.ts';
export type { ExportTimes } from './jobs.ts';
export { EXPORT_PATHS } from './paths.ts';
export { keepPlanning } from './plan.ts';
export { createBulkExportRouter } from './router.ts';
export type { BulkExportOptions } from './router.ts';
