export { createTestBindings, mongodbEntries, rabbitmqEntries, redisEntries } from './bindings.ts';
export type { EngineAddress, TestBindings } from './bindings.ts';
export { insist } from './insist.ts';
export { startTestIssuer } from './issuer.ts';
export type { TestIssuer } from './issuer.ts';
export { createLogSink } from './log-sink.ts';
export type { LogSink } from './log-sink.ts';
export { declareTopology } from './topology.ts';
export type { TestTopology } from './topology.ts';
