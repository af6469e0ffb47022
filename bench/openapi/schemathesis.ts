import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BENCH_CACHE } from '../lib/cache.ts';
import type { CallerName, Target } from './ground.ts';

/** What schemathesis says of one caller's requests. */
export interface Judged {
  readonly requests: number;
  readonly operations: number;
  /** A line for each kind of fault, and for each operation that no request could be made up for. */
  readonly faults: readonly string[];
  /** Of 128 bits, as it is written: no number holds it. */
  readonly seed: string;
  readonly seconds: number;
}

export interface Run {
  readonly target: Target;
  readonly caller: CallerName;
  /** Of each operation. */
  readonly examples: number;
  /** The document, and where logs and reports go. */
  readonly document: string;
  readonly folder: string;
  readonly signal: AbortSignal;
}

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];

interface Report {
  readonly running_time: number;
  readonly operations: { readonly tested: number };
  readonly test_cases: { readonly generated: number };
  readonly failures: readonly Fault[];
  readonly errors: readonly Fault[];
}

interface Fault {
  readonly title: string;
  readonly operations?: readonly unknown[];
  readonly count: number;
}

/** Sends made-up requests as one caller, valid ones and invalid ones. The log beside the report shows each fault with its request. */
export async function judge({ target, caller, examples, document, folder, signal }: Run): Promise<Judged> {
  const name = join(folder, `${target.name}-${caller}`);
  await writeFile(`${name}.toml`, settingsFor(target));
  const token = caller === 'nobody' ? [] : ['--header', `Authorization: Bearer ${target.tokens[caller]}`];
  const program = join(BENCH_CACHE, 'schemathesis/bin/schemathesis');
  const args = [
    ...['--config-file', `${name}.toml`, 'run', document, '--url', target.url, ...token],
    ...['--checks', CHECKS.join(','), '--phases', 'fuzzing', '--max-examples', String(examples)],
    ...['--workers', '2', '--continue-on-failure', '--warnings', 'off', '--no-color'],
    ...['--generation-database', 'none', '--suppress-health-check', 'all'],
    ...['--report', 'json', '--report-json-path', `${name}.json`],
  ];
  // its working files go where it starts
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], signal });
  const [log] = await Promise.all([child.stdout.toArray(), once(child, 'close')]);
  await writeFile(`${name}.log`, Buffer.concat(log as Buffer[]));
  const text = await readFile(`${name}.json`, 'utf8');
  const report = JSON.parse(text) as Report;
  return {
    requests: report.test_cases.generated,
    operations: report.operations.tested,
    faults: [...report.failures, ...report.errors].map(
      ({ title, count, operations = [] }) =>
        `${title} (${String(count)}): ${JSON.stringify(operations).slice(0, 300)}`,
    ),
    seed: /"seed":\s*(\d+)/.exec(text)?.[1] ?? 'unknown',
    seconds: report.running_time,
  };
}

/** Most requests name what is there, in a version that it may have: made-up ids would only ever be 404. */
function settingsFor({ ids }: Target): string {
  const lines = ['[dictionaries]', 'versions = { values = ["1", "2"] }'];
  lines.push(`tags = { values = ['W/"1"', 'W/"2"', 'W/"3"'] }`);
  for (const [type, id] of Object.entries(ids)) lines.push(`id-${type} = { values = ["${id}"] }`);
  for (const type of Object.keys(ids)) {
    lines.push('[[operations]]', `include-tag = "${type}"`, '[operations.parameters]');
    lines.push(`"path.id" = { dictionary = "id-${type}", probability = 0.7 }`);
    lines.push(`"body.id" = { dictionary = "id-${type}", probability = 0.8 }`);
    lines.push('"path.versionId" = { dictionary = "versions", probability = 0.5 }');
    lines.push('"header.If-Match" = { dictionary = "tags", probability = 0.7 }');
  }
  return `${lines.join('\n')}\n`;
}
