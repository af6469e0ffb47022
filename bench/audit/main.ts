import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startMongod } from '@careplane/testing';
import { openExport } from '../../cli/src/audit/open-export.ts';
import { verifyExport } from '../../cli/src/audit/verify-export.ts';
import { newLogKeys, startReplica } from '../../services/audit/test/log-ground.ts';
import { RESULTS } from '../lib/cache.ts';
import { describeMachine } from '../lib/machine.ts';
import { appendAt, appendAtFull } from './appending.ts';
import { writeLargeExport } from './large-export.ts';
import { auditReport, quantile, shortfalls } from './report.ts';
import type { AuditFigures } from './report.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    rate: { type: 'string', default: '2000' },
    entries: { type: 'string', default: '1000000' },
    out: { type: 'string', default: RESULTS },
  },
});
const SECONDS = Number(values.seconds);
const RATE = Number(values.rate);
/** Groups under way when it goes as fast as it can. */
const CONCURRENCY = 100;

async function appending(): Promise<Pick<AuditFigures, 'p50' | 'p99' | 'cores' | 'full'>> {
  const mongod = await startMongod();
  const replica = await startReplica({ uri: mongod.uri, database: 'audit', keys: newLogKeys() });
  try {
    await appendAtFull(CONCURRENCY, 2, replica.log); // connections, and what the compiler does
    const steady = await appendAt(RATE, SECONDS, replica.log);
    const full = await appendAtFull(CONCURRENCY, SECONDS, replica.log);
    return {
      p50: quantile(steady.latencies, 0.5),
      p99: quantile(steady.latencies, 0.99),
      cores: steady.cpu / steady.seconds,
      full: {
        perSecond: full.entries / full.seconds,
        perCore: full.entries / full.cpu,
        p99: quantile(full.latencies, 0.99),
      },
    };
  } finally {
    await replica.stop();
    await mongod.stop();
  }
}

async function verifying(entries: number): Promise<AuditFigures['verified']> {
  const folder = await mkdtemp(join(tmpdir(), 'careplane-bench-audit-'));
  try {
    const key = await writeLargeExport(folder, entries);
    const source = await openExport(folder);
    const [begin, cpu] = [performance.now(), process.cpuUsage()];
    await verifyExport(source, { keys: [key], witnesses: [], since: [], withRecords: true }, () => undefined);
    const { user, system } = process.cpuUsage(cpu);
    return { entries, seconds: (performance.now() - begin) / 1000, cpu: (user + system) / 1e6 };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const machine = await describeMachine();
const figures: AuditFigures = {
  machine,
  rate: RATE,
  ...(await appending()),
  verified: await verifying(Number(values.entries)),
};
await mkdir(values.out, { recursive: true });
await writeFile(join(values.out, 'audit.json'), `${JSON.stringify(figures, null, 2)}\n`);
await writeFile(join(values.out, 'audit.md'), auditReport(figures));
console.log(auditReport(figures));
for (const shortfall of shortfalls(figures)) {
  console.error(shortfall);
  process.exitCode = 1;
}
