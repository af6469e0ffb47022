import { machineLines, type Machine } from '../lib/machine.ts';

export interface Cost {
  name: string;
  /** Milliseconds of CPU for a request, of this process only, one a round. */
  cpuMs: number[];
  perSecond: number[];
  p95: number[];
}

export interface Overload {
  capacity: number;
  offered: number;
  /** Milliseconds. */
  p95AtCapacity: number;
  p95Accepted: number;
  p95Refused: number;
  acceptedPerSecond: number;
  refused: number;
  other: number;
}

export interface GatewayFigures {
  machine: Machine;
  costs: Cost[];
  overload: Overload;
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The page `bench/results/gateway.md`. */
export function gatewayReport({ machine, costs, overload }: GatewayFigures): string {
  const [plain] = costs;
  const base = median(plain?.cpuMs ?? []);
  const row = ({ name, cpuMs, perSecond, p95 }: Cost): string =>
    `| ${name} | ${median(cpuMs).toFixed(3)} ms | ${(median(cpuMs) / base).toFixed(1)} | ${Math.round(median(perSecond))} | ${median(p95).toFixed(1)} ms |`;
  return [
    '# Gateway',
    '',
    ...machineLines(machine),
    '',
    'A read of a kilobyte by 16 clients at a time over kept connections on loopback; median of the rounds, in turns. The CPU is that of the',
    'process named, not of what is behind it. The gateway speaks TLS, checks a token, counts in Redis and logs; nginx speaks TLS and proxies.',
    '',
    '| process | CPU a request | times plain Express | requests a second | p95 |',
    '| --- | --- | --- | --- | --- |',
    ...costs.map(row),
    '',
    '## Five times capacity',
    '',
    'A service that works on five requests at once, 50 ms each, and lets any number wait.',
    '',
    '| offered | answered 200 | p95 of those | p95 at capacity | refused (429, 503) | p95 of those | else |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    `| ${overload.offered}/s | ${overload.acceptedPerSecond.toFixed(0)}/s of ${overload.capacity} | ${overload.p95Accepted.toFixed(0)} ms | ${overload.p95AtCapacity.toFixed(0)} ms | ${overload.refused} | ${overload.p95Refused.toFixed(0)} ms | ${overload.other} |`,
    '',
  ].join('\n');
}
