import type { ServiceContext } from '@careplane/kit';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { CosigningParts } from './cosigning.ts';
import type { Replica } from './replica.ts';

/** What the log tells about itself. */
export interface LogMetrics {
  readonly appended: (entries: number, seconds: number) => void;
  readonly asked: CosigningParts['observe'];
}

/** Registers the metrics of the log. */
export function logMetrics({ metrics }: Pick<ServiceContext, 'metrics'>, replica: Replica): LogMetrics {
  const registers = [metrics.registry];
  const entries = new Counter({
    name: 'careplane_audit_log_entries_total',
    help: 'Entries that this replica has brought into the log, repeated ones included.',
    registers,
  });
  const seconds = new Histogram({
    name: 'careplane_audit_log_integration_seconds',
    help: 'From append to a signed checkpoint on a majority: the oldest entry of each batch.',
    buckets: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 20],
    registers,
  });
  new Gauge({
    name: 'careplane_audit_log_size',
    help: 'Entries in the log, as this replica knows it.',
    registers,
    collect(): void {
      this.set(replica.head.size);
    },
  });
  const cosigned = new Gauge({
    name: 'careplane_audit_log_cosigned_size',
    help: 'Entries in the largest tree that the witness has cosigned for this replica.',
    labelNames: ['witness'],
    registers,
  });
  const asked = new Counter({
    name: 'careplane_audit_witness_requests_total',
    help: 'Requests for cosignatures by witness and result: cosigned, away (no answer), behind (it has cosigned more entries than the log has), refused (an answer without a cosignature).',
    labelNames: ['witness', 'result'],
    registers,
  });
  return {
    appended: (count, took) => {
      entries.inc(count);
      seconds.observe(took);
    },
    asked: (witness, result, size) => {
      asked.inc({ witness, result });
      cosigned.set({ witness }, size);
    },
  };
}
