import { randomUUID } from 'node:crypto';
import { connectMongo, defineService, startService } from '@careplane/kit';
import type { Mongo, RunningService } from '@careplane/kit';
import { createLogSink, createTestBindings, mongodbEntries } from '@careplane/kit/testing';
import type { LogSink } from '@careplane/kit/testing';
import { generateSigningKey } from '@careplane/tlog';
import { z } from 'zod';
import { openLog } from '../src/log/index.ts';
import type { AuditLog, LogKeys, LogParts } from '../src/log/index.ts';
import { logRouter } from '../src/log/router.ts';

export const ORIGIN = 'clinic.example/audit';

/** New keys of a log. */
export function newLogKeys(): LogKeys {
  const signing = generateSigningKey(ORIGIN, 'ed25519');
  return { signing, verifiers: [signing.verifier] };
}

/** A replica of the audit service that has nothing but the log. */
export interface LogReplica extends RunningService {
  readonly log: AuditLog;
  readonly mongo: Mongo;
  readonly sink: LogSink;
}

export interface ReplicaOptions extends Partial<Omit<LogParts, 'ctx' | 'mongo' | 'keys'>> {
  readonly uri: string;
  readonly database: string;
  readonly keys: LogKeys;
}

/** Starts a replica, whose routes are the log's; everybody may export. */
export async function startReplica({ uri, database, keys, ...parts }: ReplicaOptions): Promise<LogReplica> {
  const bindings = createTestBindings();
  bindings.write('db', mongodbEntries({ uri, host: '', port: 0 }, database));
  const sink = createLogSink();
  const opened: { log?: AuditLog; mongo?: Mongo } = {};
  const service = defineService({
    name: 'audit',
    config: z.object({}),
    async start(ctx) {
      opened.mongo = await connectMongo(ctx);
      opened.log = await openLog({ ctx, mongo: opened.mongo, keys, ...parts });
      return {
        router: logRouter(opened.log, [
          (_req, _res, next) => {
            next();
          },
        ]),
      };
    },
  });
  const env = {
    PORT: '0',
    ADMIN_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
    POD_NAME: `audit-${randomUUID()}`,
    SERVICE_BINDING_ROOT: bindings.root,
  };
  try {
    const running = await startService(service, { env, logStream: sink.stream });
    if (!opened.log || !opened.mongo) throw new Error('the log was not opened');
    const stop = async (): Promise<boolean> => {
      const isClean = await running.stop();
      bindings.remove();
      return isClean;
    };
    return { ...running, stop, log: opened.log, mongo: opened.mongo, sink };
  } catch (error) {
    bindings.remove();
    throw error;
  }
}
