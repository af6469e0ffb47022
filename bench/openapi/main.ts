import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BENCH_CACHE, RESULTS, ROOT } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { joined, resultOfBefore } from '../lib/result-of-before.ts';
import { documentForRequests } from './document.ts';
import type { OpenApi } from './document.ts';
import { CALLERS, startAppointments, startIdentity, startRecords } from './ground.ts';
import type { CallerName } from './ground.ts';
import { openApiReport } from './report.ts';
import type { OpenApiFigures, Row } from './report.ts';
import { judge } from './schemathesis.ts';

const { values } = parseArgs({
  options: {
    examples: { type: 'string', default: '500' },
    services: { type: 'string', default: 'identity,appointments,records' },
    callers: { type: 'string', default: CALLERS.join(',') },
    out: { type: 'string', default: RESULTS },
  },
});

const STARTS = { identity: startIdentity, appointments: startAppointments, records: startRecords };

async function main(signal: AbortSignal): Promise<void> {
  const machine = await describeMachine();
  const folder = join(BENCH_CACHE, 'openapi');
  await mkdir(folder, { recursive: true });
  const callers = values.callers.split(',') as CallerName[];
  const examples = Math.ceil(Number(values.examples) / callers.length);
  const rows: Row[] = [];
  for (const name of values.services.split(',') as (keyof typeof STARTS)[]) {
    const committed = await readFile(join(ROOT, `docs/reference/openapi/${name}.json`), 'utf8');
    const document = join(folder, `${name}.openapi.json`);
    await writeFile(document, JSON.stringify(documentForRequests(JSON.parse(committed) as OpenApi)));
    const target = await STARTS[name]();
    try {
      for (const caller of callers) {
        const judged = await judge({ target, caller, examples, document, folder, signal });
        console.log(`${name} as ${caller}: ${String(judged.requests)} requests`, ...judged.faults);
        rows.push({ service: name, caller, ...judged });
      }
    } finally {
      await target.stop();
    }
    // after each service: what takes minutes is not lost with the next one
    await keep({ machine, examples, rows });
  }
  if (rows.some(({ faults }) => faults.length > 0)) process.exitCode = 1;
}

async function keep({ machine, examples, rows }: OpenApiFigures): Promise<void> {
  await mkdir(values.out, { recursive: true });
  const json = join(values.out, 'openapi.json');
  const before = await resultOfBefore<OpenApiFigures>(json);
  const all = joined(before.rows ?? [], rows, ({ service, caller }) => `${service} ${caller}`);
  const figures = { machine, examples, rows: all };
  await writeFile(json, `${JSON.stringify(figures, null, 2)}\n`);
  await writeFile(join(values.out, 'openapi.md'), openApiReport(figures));
}

await untilInterrupted(main);
