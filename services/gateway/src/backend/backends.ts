import type { Logger } from '@careplane/kit';
import type { buildConnector } from 'undici';
import { byUrl } from '../by-url.ts';
import type { GatewayConfig } from '../config.ts';
import { createBackend } from './backend.ts';
import type { Backend } from './backend.ts';

/** The backends by address, made when first needed. */
export interface Backends {
  at(url: string): Backend;
  close(): Promise<void>;
}

/** No backend yet. */
export function createBackends(
  config: GatewayConfig,
  logger: Logger,
  connect?: buildConnector.connector,
): Backends {
  const byOrigin = new Map<string, Backend>();
  return {
    at: byUrl(({ origin }) => {
      const backend = byOrigin.get(origin) ?? createBackend(origin, config, logger, connect);
      byOrigin.set(origin, backend);
      return backend;
    }),
    async close(): Promise<void> {
      await Promise.all([...byOrigin.values()].map((backend) => backend.close()));
    },
  };
}
