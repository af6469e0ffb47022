import type { RequestListener } from 'node:http';
import { Router } from 'express';
import type { z } from 'zod';
import { bindingsAt } from './bindings.ts';
import { callsFrom } from './calls.ts';
import { flowLimits, platformConfig, readConfig, redactConfig } from './config.ts';
import type { PlatformConfig } from './config.ts';
import type { ServiceContext } from './context.ts';
import { createHealth } from './health.ts';
import { adminHandler } from './http/admin.ts';
import { createAdminApp } from './http/admin-app.ts';
import { createApp } from './http/app.ts';
import { lingerAfter, listen } from './http/listen.ts';
import { createLifecycle } from './lifecycle.ts';
import { describeError } from './observe/describe-error.ts';
import { createLogger } from './observe/logger.ts';
import type { Logger } from './observe/logger.ts';
import { createMetrics } from './observe/metrics.ts';
import { startTracing } from './observe/tracing.ts';
import { createIdentity } from './tls/identity.ts';
import { onlyCallers } from './tls/only-callers.ts';
import { serverTls } from './tls/server-tls.ts';
import { createTransport } from './tls/transport.ts';

/** What a service gives the kit when it has started. */
export interface ServiceParts {
  /** The public routes; absent for a worker. */
  readonly router?: Router;
  /**
   * What else the admin port answers, over plain HTTP to Prometheus and to the operator of a service that publishes a log: what anybody may
   * know, and what proves itself.
   */
  readonly adminRouter?: Router;
}

/** A service: its name, its configuration and how it starts. */
export interface ServiceDefinition<S extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  /** The keys of `spec.config`. */
  readonly config: S;
  readonly http?: {
    /** False for a proxy. Default true. */
    readonly parseBodies?: boolean;
    /**
     * Paths, with all below them, whose routes read bodies themselves, of any type and length (they must bound them), and answer with as
     * much: their requests are limited by what flows (`limitByFlow`). Default none.
     */
    readonly streamedPaths?: readonly string[];
    /**
     * Proxies in front whose X-Forwarded-For is believed: 1 (default) behind the gateway, which alone can reach a
     * service; at the gateway as many as are configured.
     */
    readonly trustedHops?: number | ((config: z.infer<S>) => number);
    /** True where strangers call. Default false. */
    readonly isEdge?: boolean;
    /** The hosts under which it is reached, without ports. Default: any. */
    readonly hosts?: (config: z.infer<S>) => readonly string[] | undefined;
  };
  start(ctx: ServiceContext<z.infer<S>>): Promise<ServiceParts> | ServiceParts;
}

/** Gives a definition its types; nothing runs. */
export function defineService<S extends z.ZodObject>(definition: ServiceDefinition<S>): ServiceDefinition<S> {
  return definition;
}

/** A service that runs in this process. */
export interface RunningService {
  /** The public address; undefined for a worker. */
  readonly url: string | undefined;
  readonly adminUrl: string;
  readonly logger: Logger;
  /** Ends gracefully; false when a step failed or took too long. */
  stop(): Promise<boolean>;
}

export interface StartOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Where log lines go; standard output when absent. */
  readonly logStream?: NodeJS.WritableStream;
}

/**
 * Starts a service: the admin port first (so that probes are answered while bindings connect), then the service's own
 * parts, then the public port; ready after that. A failed start ends what had begun and throws.
 */
export async function startService<S extends z.ZodObject>(
  definition: ServiceDefinition<S>,
  options: StartOptions,
): Promise<RunningService> {
  const env = { CAREPLANE_SERVICE: definition.name, ...options.env };
  const platform = readConfig(platformConfig, env);
  const config = { ...platform, ...readConfig(definition.config, env) };
  startTracing();
  const { logger, health, lifecycle, ctx } = assemble(config, env, options);
  logger.info('starting', { config: redactConfig(config) });
  let more: RequestListener | undefined;
  const { registry } = ctx.metrics;
  const admin = await listen(
    adminHandler({ registry, report: () => health.report(), more: () => more }),
    platform.ADMIN_PORT,
  );
  lifecycle.onShutdown('admin', 'admin port', () => admin.drain());
  try {
    const { router, adminRouter } = await definition.start(ctx);
    more = adminRouter && createAdminApp(adminRouter, logger);
    const port = await openPublic(ctx, { definition, router: router ?? Router() });
    health.started();
    logger.info('started', { port, adminPort: admin.port, startMs: Math.round(process.uptime() * 1000) });
    return {
      url: port === undefined ? undefined : `${schemeOf(config)}://127.0.0.1:${String(port)}`,
      adminUrl: `http://127.0.0.1:${String(admin.port)}`,
      logger,
      stop: () => lifecycle.shutdown(),
    };
  } catch (error) {
    logger.error('start failed', describeError(error));
    await lifecycle.shutdown();
    throw error;
  }
}

interface Assembled<C> {
  readonly logger: Logger;
  readonly health: ReturnType<typeof createHealth>;
  readonly lifecycle: ReturnType<typeof createLifecycle>;
  readonly ctx: ServiceContext<C>;
}

function assemble<C>(
  config: C & PlatformConfig,
  env: NodeJS.ProcessEnv,
  options: StartOptions,
): Assembled<C> {
  const logger = createLogger({
    service: config.CAREPLANE_SERVICE,
    version: config.CAREPLANE_VERSION,
    instance: config.POD_NAME,
    level: config.LOG_LEVEL,
    ...(options.logStream ? { stream: options.logStream } : {}),
  });
  const health = createHealth();
  const lifecycle = createLifecycle({
    logger,
    delayMs: config.SHUTDOWN_DELAY_MS,
    deadlineMs: config.SHUTDOWN_DEADLINE_MS,
  });
  lifecycle.beforeShutdown(() => {
    health.stopping();
  });
  const owner = {
    config,
    logger,
    metrics: createMetrics(),
    lifecycle,
    bindings: bindingsAt(config.SERVICE_BINDING_ROOT),
  };
  const identity = createIdentity(owner);
  const transport = createTransport(identity);
  lifecycle.onShutdown('close', 'calls to services', () => transport.dispatcher.destroy());
  const ctx = {
    ...owner,
    name: config.CAREPLANE_SERVICE,
    instance: config.POD_NAME,
    namespace: config.CAREPLANE_NAMESPACE,
    health,
    calls: callsFrom(env),
    identity,
    transport,
  };
  return { logger, health, lifecycle, ctx };
}

function schemeOf({ CAREPLANE_TLS_HTTP }: PlatformConfig): 'http' | 'https' {
  return CAREPLANE_TLS_HTTP === 'Plaintext' ? 'http' : 'https';
}

async function openPublic<S extends z.ZodObject>(
  ctx: ServiceContext,
  parts: { definition: ServiceDefinition<S>; router: Router },
): Promise<number | undefined> {
  const { PORT, CAREPLANE_TLS_HTTP, REQUEST_TIMEOUT_MS, REQUEST_ARRIVAL_MS, BODY_LIMIT_BYTES } = ctx.config;
  const http = parts.definition.http ?? {};
  const hosts = http.hosts?.(ctx.config as z.infer<S>);
  if (PORT === undefined) return undefined;
  const tls = serverTls(ctx.identity, CAREPLANE_TLS_HTTP);
  let draining = false;
  ctx.lifecycle.beforeShutdown(() => {
    draining = true;
  });
  const app = createApp({
    logger: ctx.logger,
    metrics: ctx.metrics,
    router: parts.router,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    bodyLimitBytes: BODY_LIMIT_BYTES,
    parseBodies: http.parseBodies ?? true,
    streamed: { paths: http.streamedPaths ?? [], flow: flowLimits(ctx.config) },
    trustedHops: hopsOf(http.trustedHops, ctx.config as z.infer<S>),
    isEdge: http.isEdge ?? false,
    ...(hosts ? { hosts } : {}),
    draining: () => draining,
    ...(tls?.isMutual ? { guard: onlyCallers(ctx.identity, ctx.name) } : {}),
  });
  const server = await listen(app, PORT, { tls, arrivalMs: REQUEST_ARRIVAL_MS });
  const linger = lingerAfter(ctx.config.SHUTDOWN_DELAY_MS, ctx.config.SHUTDOWN_DEADLINE_MS);
  ctx.lifecycle.onShutdown('http', 'public port', () => server.drain(linger));
  return server.port;
}

function hopsOf<C>(hops: number | ((config: C) => number) = 1, config: C): number {
  return typeof hops === 'number' ? hops : hops(config);
}
