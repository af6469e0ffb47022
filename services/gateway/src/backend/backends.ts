import type { Logger } from '@careplane/kit';
import type { buildConnector } from 'undici';
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
  const byUrl = new Map<string, Backend>();
  const first = (url: string): Backend => {
    const { origin } = new URL(url);
    const backend = byOrigin.get(origin) ?? createBackend(origin, config, logger, connect);
    byOrigin.set(origin, backend);
    byUrl.set(url, backend);
    return backend;
  };
  return {
    at: (url) => byUrl.get(url) ?? first(url),
    async close(): Promise<void> {
      await Promise.all([...byOrigin.values()].map((backend) => backend.close()));
    },
  };
}
