import { readSettings, InvalidSettings } from './config.ts';
import { controllers } from './controllers/index.ts';
import { describe } from './runtime/errors.ts';
import { createLogger } from './runtime/log.ts';
import { startManager, type Manager } from './runtime/manager.ts';
import { Metrics } from './runtime/metrics.ts';

/** The operator's program: reads its settings, runs until SIGTERM or SIGINT, ends with 0 after a graceful stop. */
async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), process.env);
  const log = createLogger(settings.logLevel);
  log.info('starting', { settings });
  const manager = await startManager({
    ...settings,
    controllers: controllers(settings),
    lease: { namespace: settings.leaseNamespace, name: settings.leaseName },
    health: { host: settings.bindAddress, port: settings.port },
    silenceLimitMs: settings.watchSilenceSeconds * 1_000,
    resyncMs: settings.resyncSeconds * 1_000,
    drainMs: settings.drainSeconds * 1_000,
    metrics: new Metrics().withProcessMetrics(),
    userAgent: 'careplane-operator/0.1.0',
    log,
  });
  stopOnSignal(manager, log);
}

function stopOnSignal(manager: Manager, log: ReturnType<typeof createLogger>): void {
  const stop = (signal: NodeJS.Signals): void => {
    process.off('SIGTERM', stop).off('SIGINT', stop);
    log.info('stopping', { signal });
    manager.stop().then(
      () => {
        log.info('stopped');
        process.exitCode = 0;
      },
      (error: unknown) => {
        log.error('the stop failed', { error: describe(error) });
        process.exitCode = 1;
      },
    );
  };
  process.on('SIGTERM', stop).on('SIGINT', stop);
}

try {
  await main();
} catch (error) {
  process.stderr.write(
    `careplane-operator: ${error instanceof InvalidSettings ? error.message : describe(error)}\n`,
  );
  process.exitCode = error instanceof InvalidSettings ? 2 : 1;
}
