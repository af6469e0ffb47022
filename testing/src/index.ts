export { startMongod, type MongodOptions, type RunningMongod } from './mongod.ts';
export {
  startPrometheus,
  type PrometheusOptions,
  type RunningPrometheus,
  type Sample,
} from './prometheus.ts';
export { startMembers, type RunningMembers } from './replica-set.ts';
export { startWriteLoad, type WriteLoad } from './write-load.ts';
export { startRabbit, type RabbitOptions, type RunningRabbit } from './rabbitmq.ts';
export {
  startRabbitCluster,
  type ClusterMember,
  type ClusterOptions,
  type RunningRabbitCluster,
} from './rabbit-cluster.ts';
export { startRedis, type RedisOptions, type RunningRedis } from './redis.ts';
export {
  testAuthority,
  testCertificates,
  type TestAuthority,
  type TestCertificateRequest,
  type TestCertificates,
} from './test-certificates.ts';
export { runInEngine, type CommandResult } from './engine-process.ts';
export { engineRootfs } from './engine-rootfs.ts';
export { freePort } from './free-port.ts';
export { until, type UntilOptions } from './until.ts';
export { TextScanner } from './plaintext/text-scanner.ts';
export {
  startApiServer,
  clusterBinaries,
  type ApiServerOptions,
  type RunningApiServer,
} from './apiserver.ts';
export { installCrd, installCrds } from './crds.ts';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export type { AuditedWrite, WriteFilter } from './audit-log.ts';
export type { KubeAnswer, KubeRequests } from './kube-requests.ts';
export { startCutProxy, type Cut, type CutProxy } from './cut-proxy.ts';
export { startOpenBao, type RunningOpenBao } from './openbao.ts';
export { newCredentials, startS3, type RunningS3, type S3Credentials } from './versitygw.ts';
export { ecosystemProgram, kstatusOf, runLua, type EcosystemProgram, type Kstatus } from './ecosystem.ts';
