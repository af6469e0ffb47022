import { randomUUID } from 'node:crypto';
import { startService } from '@careplane/kit';
import type { RunningService } from '@careplane/kit';
import { createLogSink, createTestBindings, mongodbEntries } from '@careplane/kit/testing';
import type { EngineAddress } from '@careplane/kit/testing';
import { encodeSigningKey, encodeVerifierKey } from '@careplane/tlog';
import type { SigningKey } from '@careplane/tlog';
import { witness } from '../src/service.ts';

export interface WitnessOptions {
  readonly mongod: EngineAddress;
  readonly database: string;
  readonly key: SigningKey;
  readonly logs: readonly SigningKey[];
  /** Logs that bring their keys. */
  readonly origins?: readonly string[];
  /** Default: a free one. */
  readonly port?: number;
}

/** Starts the witness with this key, for these logs. */
export async function startWitness(options: WitnessOptions): Promise<RunningService> {
  const { mongod, database, key, logs, origins = [], port = 0 } = options;
  const bindings = createTestBindings();
  bindings.write('db', mongodbEntries(mongod, database));
  bindings.write('witness-key', { type: 'secret', signingKey: encodeSigningKey(key) });
  const env = {
    PORT: String(port),
    ADMIN_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
    POD_NAME: `witness-${randomUUID()}`,
    SERVICE_BINDING_ROOT: bindings.root,
    LOG_KEYS: logs.map(({ verifier }) => encodeVerifierKey(verifier)).join(' '),
    LOG_ORIGINS: origins.join(' '),
  };
  const service = await startService(witness, { env, logStream: createLogSink().stream });
  const stop = async (): Promise<boolean> => {
    const isClean = await service.stop();
    bindings.remove();
    return isClean;
  };
  return { ...service, stop };
}
