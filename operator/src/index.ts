export { readSettings, InvalidSettings, type Settings } from './config.ts';
export { startManager, type Manager, type ManagerOptions } from './runtime/manager.ts';
export { createLogger, silentLogger } from './runtime/telemetry/log.ts';
export type * from './runtime/controller.ts';
export { DependencyDown } from './runtime/controller.ts';
export type * from './runtime/kube.ts';
