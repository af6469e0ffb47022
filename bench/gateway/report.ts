import { machineLines, type Machine } from '../lib/machine.ts';
import type { Cost } from './costs.ts';
import type { Documents } from './documents.ts';

export interface Overload {
  capacity: number;
  offered: number;
  /** Milliseconds. */
  p95AtCapacity: number;
  p95Accepted: number;
  p99Refused: number;
  acceptedPerSecond: number;
  refused: number;
  other: number;
}

export interface GatewayFigures {
  machine: Machine;
  costs: Cost[];
  overload: Overload;
  documents: Documents;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The name of the contestant that reads of an Appointment are compared with. */
export const SIMPLEST = 'an Appointment, simplest program';

/** Of all processes, the median of the rounds. */
function totalOf({ cpuMs }: Cost): number {
  return Object.values(cpuMs).reduce((sum, rounds) => sum + median(rounds), 0);
}

/** The page `bench/results/gateway.md`. */
export function gatewayReport({ machine, costs, overload, documents }: GatewayFigures): string {
  const [plain] = costs;
  const base = plain ? totalOf(plain) : Number.NaN;
  const times = (ms: number): string => (ms / base).toFixed(1);
  const floor = costs.find(({ name }) => name === SIMPLEST);
  const timesFloor = (cost: Cost): string =>
    floor && cost.name.startsWith('an Appointment') ? (totalOf(cost) / totalOf(floor)).toFixed(1) : '-';
  const row = (cost: Cost): string => {
    const { name, cpuMs, perSecond, p95 } = cost;
    const parts = Object.entries(cpuMs).map(([process, rounds]) => `${process} ${times(median(rounds))}`);
    return `| ${name} | ${totalOf(cost).toFixed(3)} ms | ${times(totalOf(cost))} | ${timesFloor(cost)} | ${parts.join(', ')} | ${Math.round(median(perSecond))} | ${median(p95).toFixed(1)} ms |`;
  };
  return [
    '# Gateway',
    '',
    ...machineLines(machine),
    '',
    'Reads by 16 clients at a time over kept connections on loopback; median of the rounds, in turns. The gateway speaks TLS, checks a token,',
    'counts in Redis and logs; nginx speaks TLS and proxies to the plain Express server. Of a whole read (an Appointment of appointments, a',
    'Patient of identity) the CPU is that of all processes: TLS between all of them, the access decision with facts from identity, one mongod.',
    'The simplest program ([`simplest.ts`](../gateway/simplest.ts)) answers the same bytes over the same hops with the same parts: `node:https`',
    'as proxy, Express, the MongoDB driver, TLS, a token that is verified. It asks for no facts, counts no limits, logs and traces nothing.',
    '',
    '| what | CPU a request | times plain Express | times the simplest | by process | requests a second | p95 |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...costs.map(row),
    '',
    '## Five times capacity',
    '',
    'A service that works on five requests at once, 50 ms each, and lets any number wait.',
    '',
    '| offered | answered 200 | p95 of those | p95 at capacity | refused (429, 503) | p99 of those | else |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    `| ${overload.offered}/s | ${overload.acceptedPerSecond.toFixed(0)}/s of ${overload.capacity} | ${overload.p95Accepted.toFixed(0)} ms | ${overload.p95AtCapacity.toFixed(0)} ms | ${overload.refused} | ${overload.p99Refused.toFixed(1)} ms | ${overload.other} |`,
    '',
    '## A document that costs',
    '',
    `GraphQL of ${documents.bytes} bytes whose fields overlap is refused after ${documents.p50.toFixed(1)} ms (median; 99th percentile ${documents.p99.toFixed(1)} ms), one request after another.`,
    '',
  ].join('\n');
}
