export { accessSchema, entrySchema } from './entry.ts';
export type { Access, AuditAgent, AuditEntity, AuditEntry } from './entry.ts';
export { createAuditTrail, openAuditTrail } from './trail.ts';
export type { AuditTrail } from './trail.ts';
