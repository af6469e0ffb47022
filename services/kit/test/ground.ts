import { randomUUID } from 'node:crypto';
import { startMongod, startRabbit } from '@careplane/testing';
import type { RunningMongod, RunningRabbit } from '@careplane/testing';
import { z } from 'zod';
import { defineService, startService } from '../src/index.ts';
import type { RunningService, ServiceContext, ServiceParts } from '../src/index.ts';
import { createLogSink, createTestBindings, mongodbEntries, rabbitmqEntries } from '../src/testing/index.ts';
import type { LogSink, TestBindings } from '../src/testing/index.ts';

/** Engines, and services made of one function that run on them. */
export interface Ground {
  readonly mongod: RunningMongod;
  readonly rabbit: RunningRabbit;
  /** Starts a service of a name whose `start` is the given function. */
  start(
    name: string,
    start: (ctx: ServiceContext) => Promise<ServiceParts>,
  ): Promise<RunningService & { log: LogSink }>;
  stop(): Promise<void>;
}

/** Starts a mongod and a RabbitMQ. */
export async function startGround(): Promise<Ground> {
  const [mongod, rabbit] = await Promise.all([startMongod(), startRabbit()]);
  const roots: (() => void)[] = [];
  return {
    mongod,
    rabbit,
    async start(name, start): Promise<RunningService & { log: LogSink }> {
      const bindings = createTestBindings();
      roots.push(() => {
        bindings.remove();
      });
      bindings.write('db', mongodbEntries(mongod, name));
      bindings.write('broker', rabbitmqEntries(rabbit));
      return startOn(bindings, name, start);
    },
    async stop(): Promise<void> {
      await Promise.all([mongod.stop(), rabbit.stop()]);
      for (const remove of roots) remove();
    },
  };
}

/** Starts a service of a name, whose `start` is the given function, on bindings that the test may change. */
export async function startOn(
  bindings: TestBindings,
  name: string,
  start: (ctx: ServiceContext) => Promise<ServiceParts> | ServiceParts,
  settings: Readonly<Record<string, string>> = {},
): Promise<RunningService & { log: LogSink }> {
  const log = createLogSink();
  const env = {
    PORT: '0',
    ADMIN_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
    BINDING_POLL_MS: '20',
    POD_NAME: `${name}-${randomUUID()}`,
    SERVICE_BINDING_ROOT: bindings.root,
    ...settings,
  };
  const definition = defineService({ name, config: z.object({}), start });
  const running = await startService(definition, { env, logStream: log.stream });
  return { ...running, log };
}

/** The value of a service's metric, with its labels as they are written; 0 when there is none yet. */
export async function metricOf({ adminUrl }: RunningService, metric: string): Promise<number> {
  const lines = (await (await fetch(`${adminUrl}/metrics`)).text()).split('\n');
  return Number(lines.find((line) => line.startsWith(`${metric} `))?.slice(metric.length + 1) ?? 0);
}
