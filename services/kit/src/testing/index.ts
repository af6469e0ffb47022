export { askFhir } from './ask-fhir.ts';
export type { FhirAnswer, FhirQuestion } from './ask-fhir.ts';
export { createTestTrail } from './audit-trail.ts';
export type { TestTrail } from './audit-trail.ts';
export { createTestBindings, mongodbEntries, rabbitmqEntries, redisEntries } from './bindings.ts';
export type { EngineAddress, TestBindings } from './bindings.ts';
export { connectStore } from './connect-store.ts';
export type { TestStore } from './connect-store.ts';
export { createCountingCache } from './counting-cache.ts';
export type { CountingCache } from './counting-cache.ts';
export { createTestIdentities, fetchAs, internalEntries, testSpiffeId } from './identities.ts';
export type { TestIdentities } from './identities.ts';
export { ALLOW_ALL, createTestAccess, testSubject } from './fhir-access.ts';
export type { AskedDecision, TestAccess } from './fhir-access.ts';
export { insist } from './insist.ts';
export { signAccessToken, startTestIssuer } from './issuer.ts';
export type { TestAccessToken, TestIssuer } from './issuer.ts';
export { createLogSink } from './log-sink.ts';
export type { LogSink } from './log-sink.ts';
export { createMemoryStore } from './memory-store.ts';
export type { MemoryStoreOptions } from './memory-store.ts';
export {
  routeRequests,
  sendRouteRequest,
  throughFreeze,
  throughOutage,
  unavailable,
} from './route-requests.ts';
export type { RouteAnswer, RouteRequest, RouteSubject } from './route-requests.ts';
export { spawnService } from './spawn-service.ts';
export type { SpawnedService } from './spawn-service.ts';
export { startTestIdentity } from './test-identity.ts';
export type { TestIdentity } from './test-identity.ts';
export { sendEvent, takeEvent } from './broker.ts';
export { declareTopology } from './topology.ts';
export type { TestTopology } from './topology.ts';
export { watchRoutes } from './watch-routes.ts';
export type { RouteWatch } from './watch-routes.ts';
