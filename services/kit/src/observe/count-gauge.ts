import { Gauge } from 'prom-client';
import type { ServiceContext } from '../context.ts';
import { describeError } from './describe-error.ts';

/** A gauge whose number is counted, in a database as a rule. */
export interface CountGauge {
  readonly name: string;
  readonly help: string;
  readonly count: () => Promise<number>;
}

/** The number is read at each scrape; when it cannot be had the last one stays. */
export function registerCount(
  { metrics, logger }: Pick<ServiceContext, 'metrics' | 'logger'>,
  { name, help, count }: CountGauge,
): void {
  new Gauge({
    name,
    help,
    registers: [metrics.registry],
    async collect(): Promise<void> {
      try {
        this.set(await count());
      } catch (error) {
        logger.debug('metrics: a count is not available', { metric: name, ...describeError(error) });
      }
    },
  });
}
