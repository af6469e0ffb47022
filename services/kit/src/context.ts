import type { Bindings } from './bindings.ts';
import type { Calls } from './calls.ts';
import type { PlatformConfig } from './config.ts';
import type { Health } from './health.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Logger } from './observe/logger.ts';
import type { Metrics } from './observe/metrics.ts';
import type { Identity } from './tls/identity.ts';
import type { Transport } from './tls/transport.ts';

/** What the kit hands a service when it starts: everything it needs and nothing global. */
export interface ServiceContext<Config = unknown> {
  /** The service's name: its queue, its database, the source of its events. */
  readonly name: string;
  /** Unique per replica: `POD_NAME`. */
  readonly instance: string;
  readonly namespace: string;
  readonly config: Config & PlatformConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly lifecycle: Lifecycle;
  readonly bindings: Bindings;
  readonly calls: Calls;
  /** Its certificate, and who may call it. */
  readonly identity: Identity;
  /** How it reaches other services. */
  readonly transport: Transport;
}
