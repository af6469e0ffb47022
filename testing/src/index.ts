export { startMongod, type MongodOptions, type RunningMongod } from './mongod.ts';
export {
  startPrometheus,
  type PrometheusOptions,
  type RunningPrometheus,
  type Sample,
} from './prometheus.ts';
export { startRabbit, type RabbitOptions, type RunningRabbit } from './rabbitmq.ts';
export { startRedis, type RedisOptions, type RunningRedis } from './redis.ts';
export { testCertificates, type TestCertificates } from './testCertificates.ts';
export { freePort } from './freePort.ts';
export { until, type UntilOptions } from './until.ts';
export {
  startApiServer,
  clusterBinaries,
  type ApiServerOptions,
  type RunningApiServer,
} from './apiserver.ts';
export { installCrd, installCrds } from './crds.ts';
export { startTcpProxy, type TcpProxy } from './tcpProxy.ts';
export type { AuditedWrite, WriteFilter } from './auditLog.ts';
export type { KubeAnswer, KubeRequests } from './kubeRequests.ts';
export { startCutProxy, type Cut, type CutProxy } from './cutProxy.ts';
