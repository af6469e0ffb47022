import { machineLines } from '../lib/machine.ts';
import type { Machine } from '../lib/machine.ts';
import type { Judged } from './schemathesis.ts';

export interface Row extends Judged {
  readonly service: string;
  readonly caller: string;
}

/** What is kept of a run; services that are not asked for stay as they were. */
export interface OpenApiFigures {
  readonly machine: Machine;
  /** Of each operation by each caller. */
  readonly examples: number;
  readonly rows: readonly Row[];
}

/** The page `bench/results/openapi.md`. */
export function openApiReport({ machine, examples, rows }: OpenApiFigures): string {
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  const faults = rows.flatMap(({ service, caller, faults: found }) =>
    found.map((fault) => `- ${service} as ${caller}: ${fault}`),
  );
  const callers = new Set(rows.map(({ caller }) => caller)).size;
  const line = ({ service, caller, operations, requests: sent, seconds, seed, faults: found }: Row): string =>
    `| ${service} | ${caller} | ${String(operations)} | ${String(sent)} | ${String(found.length)} | ${seconds.toFixed(0)} s | ${seed} |`;
  return [
    '# OpenAPI',
    '',
    ...machineLines(machine),
    '',
    `${String(requests)} requests that schemathesis made up from the services' OpenAPI documents, valid and invalid, at most ${String(examples)} for`,
    `each operation and caller: ${String(examples * callers)} for each operation. Most name a resource that is there.`,
    '',
    'A fault is a 500, a status or media type that the document does not name, an answer of another resource type, or an operation that no',
    'request could be made up for.',
    '',
    '| Service | Caller | Operations | Requests | Faults | Time | Seed |',
    '| --- | --- | ---: | ---: | ---: | ---: | --- |',
    ...rows.map(line),
    '',
    ...(faults.length === 0 ? ['No fault.'] : faults),
    '',
  ].join('\n');
}
