export { agentOf } from './agent.ts';
export { accessSchema, entrySchema } from './entry.ts';
export type { Access, AuditAgent, AuditEntity, AuditEntry } from './entry.ts';
export { SECURITY_EVENTS, securityAccess, serviceAgent } from './security-events.ts';
export type { SecurityEvent, SecurityEventKind, SecurityFact } from './security-events.ts';
export { createAuditTrail, openAuditTrail, throughOutbox } from './trail.ts';
export type { AuditTrail, TrailSink } from './trail.ts';
