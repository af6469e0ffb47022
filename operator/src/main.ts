import { once } from 'node:events';
import { readSettings, InvalidSettings, withoutCredentials, type Settings } from './config.ts';
import { controllers } from './controllers/index.ts';
import type { Runnable } from './runtime/runnable.ts';
import type { Logger } from './runtime/controller.ts';
import { describe } from './runtime/errors.ts';
import { createLogger } from './runtime/telemetry/log.ts';
import { startManager, type Manager } from './runtime/manager.ts';
import { Metrics } from './runtime/telemetry/metrics.ts';
import { noTracing, type Tracing } from './runtime/telemetry/tracing.ts';
import { offersOf } from './engines/versions/offers.ts';
import { migrateStorageCommand } from './webhooks/migration/command.ts';
import { Webhooks } from './webhooks/webhooks.ts';

/** The operator's program: reads its settings, runs until SIGTERM or SIGINT, ends with 0 after a graceful stop and with 1 when it is stuck. */
async function main(): Promise<void> {
  const stopping = stopSignal();
  const [mode, ...flags] = process.argv.slice(2);
  if (mode === 'migrate-storage') {
    const chosen = readSettings(flags, process.env);
    await migrateStorageCommand(chosen, createLogger(chosen.logLevel), stopping);
    return;
  }
  const settings = readSettings(process.argv.slice(2), process.env);
  const log = createLogger(settings.logLevel);
  const metrics = new Metrics().withProcessMetrics();
  log.info('starting', { settings: withoutCredentials(settings) });
  const manager = await startManager({
    ...settings,
    controllers: controllers(settings),
    lease: { namespace: settings.leaseNamespace, name: settings.leaseName },
    health: { host: settings.bindAddress, port: settings.port },
    silenceLimitMs: settings.watchSilenceSeconds * 1_000,
    resyncMs: settings.resyncSeconds * 1_000,
    drainMs: settings.drainSeconds * 1_000,
    // The Lease is not released: what does not end may still write to a broker or a database.
    onStuck: () => process.exit(1),
    tracing: await startTracing(settings, log),
    runnables: runnables(settings, { log, metrics }),
    metrics,
    userAgent: 'careplane-operator/0.1.0',
    log,
  });
  await runUntil(stopping, manager, log);
}

/** Loads what sends traces only when somebody receives them: it needs memory. */
async function startTracing({ otlpEndpoint, identity }: Settings, log: Logger): Promise<Tracing> {
  if (otlpEndpoint === '') return noTracing;
  const { startOtlpTracing } = await import('./runtime/telemetry/otlp-tracing.ts');
  return startOtlpTracing({ endpoint: otlpEndpoint, identity, log });
}

/** The webhooks, where there is a port for them. */
function runnables(settings: Settings, shared: { log: Logger; metrics: Metrics }): Runnable[] {
  const { leaseNamespace: namespace, webhookPort: port, webhookService: name } = settings;
  if (port === 0) return [];
  const webhooks = new Webhooks({
    ...shared,
    host: settings.bindAddress,
    port,
    address: () => ({ service: { namespace, name } }),
    configuration: settings.webhookConfiguration,
    namespace,
    service: name,
    namespaces: settings.namespaces,
    namespaceSelector: settings.namespaceSelector,
    nodePortRange: settings.nodePortRange,
    offers: offersOf(settings),
  });
  return [webhooks];
}

/** Aborted by the first SIGTERM or SIGINT. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort();
  };
  process.once('SIGTERM', abort).once('SIGINT', abort);
  return stop.signal;
}

/** Runs until the signal, then stops gracefully: at once when it came while the manager was being started. */
async function runUntil(stopping: AbortSignal, manager: Manager, log: Logger): Promise<void> {
  if (!stopping.aborted) await once(stopping, 'abort');
  log.info('stopping');
  await manager.stop();
  log.info('stopped');
}

try {
  await main();
} catch (error) {
  process.stderr.write(
    `careplane-operator: ${error instanceof InvalidSettings ? error.message : describe(error)}\n`,
  );
  // Whatever was started before it failed would keep the process alive: alive, and never ready.
  process.exit(error instanceof InvalidSettings ? 2 : 1);
}
