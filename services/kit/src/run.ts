import type { z } from 'zod';
import { describeError } from './observe/describe-error.ts';
import { startService } from './service.ts';
import type { ServiceDefinition } from './service.ts';

/**
 * The body of every service's `main.ts`: starts it from the process's environment and ends the process gracefully on
 * SIGTERM or SIGINT (exit 0; 1 when a step failed). A failed start, an uncaught exception and an unhandled rejection are
 * logged and end the process with 1: Kubernetes starts a fresh one, which is the only state known to be good.
 */
export async function runService<S extends z.ZodObject>(definition: ServiceDefinition<S>): Promise<void> {
  const fatal = (thrown: unknown): never => {
    process.stderr.write(
      `${JSON.stringify({ level: 'error', message: 'fatal', ...describeError(thrown) })}\n`,
    );
    process.exit(1);
  };
  process.on('uncaughtException', fatal);
  process.on('unhandledRejection', fatal);
  const asked = new Promise<void>((resolve) => {
    process.on('SIGTERM', resolve); // for good: one that is repeated must not cut the drain short
    process.once('SIGINT', resolve); // whoever presses Ctrl-C twice means it
  });
  const starting = startService(definition, { env: process.env });
  // asked to end before it could start (a binding never came): there is nothing to drain
  const service = await Promise.race([starting, asked.then(() => undefined)]).catch(fatal);
  if (!service) process.exit(0);
  await asked;
  service.logger.info('stopping');
  const clean = await service.stop();
  service.logger.info('stopped', { clean });
  process.exit(clean ? 0 : 1);
}
