// Validates FHIR resources by HAPI and compares the kit's schemas with R4's definitions: `node scripts/fhir/check.ts`. Reads the
// kit's examples, what its router answers, the JSON examples of the documentation, and dist/fhir/*.ndjson, where other runs
// (the demo's integration test) leave the resources that they sent, got or stored. `--runs NAME` fails when there are none of that one.
import { spawn } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { appointmentOf, patientOf, startFhir } from '../../services/kit/test/fhir-ground.ts';
import { EXAMPLES } from '../../services/kit/test/fhir-examples.ts';
import { COMPARED, differences } from './compare.ts';
import type { DefinedElement } from './compare.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Sourced {
  readonly source: string;
  readonly resource: unknown;
}

/** Lines of the validator for lines of ours. */
async function validator(args: readonly string[], input: Iterable<Sourced>): Promise<unknown[]> {
  const child = spawn(join(ROOT, 'scripts/fhir/validator.sh'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const written = pipeline(Readable.from(linesOf(input)), child.stdin);
  const lines: unknown[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line));
  await written;
  const status = await ended;
  if (status !== 0) throw new Error(`the validator ended with ${String(status)}`);
  return lines;
}

function* linesOf(input: Iterable<Sourced>): Iterable<string> {
  for (const one of input) yield `${JSON.stringify(one)}\n`;
}

/** The resources in fenced JSON blocks. */
function* ofDocuments(): Iterable<Sourced> {
  for (const file of globSync('{docs/**,services/*,examples/**,}/*.md', { cwd: ROOT })) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    for (const [, block = ''] of text.matchAll(/^```(?:json|fhir\+json)\n([^]*?)^```$/gm)) {
      if (block.includes('"resourceType"')) yield { source: file, resource: JSON.parse(block) };
    }
  }
}

const RUNS = join(ROOT, 'dist/fhir');

/** @throws when a run that was to leave something has left nothing */
function* ofRuns(expected: readonly string[]): Iterable<Sourced> {
  for (const run of expected) {
    const file = join(RUNS, `${run}.ndjson`);
    if (!existsSync(file)) throw new Error(`${file} is not there: no run of ${run} has left its resources`);
  }
  if (!existsSync(RUNS)) return;
  for (const file of globSync('*.ndjson', { cwd: RUNS })) {
    const lines = readFileSync(join(RUNS, file), 'utf8').split('\n');
    for (const line of lines.filter((text) => text !== ''))
      yield { source: file, resource: JSON.parse(line) };
  }
}

/** What the router itself makes: Bundles, OperationOutcomes, the CapabilityStatement. */
async function ofRouter(): Promise<Sourced[]> {
  const { ask, patients, appointments, stop } = await startFhir({
    bundles: { run: () => Promise.reject(new Error('nothing is written')) },
  });
  patients.put(patientOf('a'));
  appointments.put(appointmentOf('v', 'a'));
  const paths = [
    '/metadata',
    '/Appointment?_include=Appointment:patient&_total=accurate',
    '/Patient?family=nobody&_total=accurate',
    '/Patient/a/_history',
    '/Patient/nobody',
    '/Patient?shoe=44',
    '/Patient/a?_summary=true',
  ];
  try {
    const entry = ['Patient/a', 'Patient/nobody', 'Appointment?_count=1'].map((url) => ({
      request: { method: 'GET', url },
    }));
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry });
    const batch = await ask('', { method: 'POST', body });
    const read = await Promise.all(
      paths.map(async (path) => ({ source: `GET ${path}`, resource: (await ask(path)).body })),
    );
    return [...read, { source: 'POST of a batch', resource: batch.body }];
  } finally {
    stop();
  }
}

async function main(): Promise<void> {
  const examples = EXAMPLES.map((resource) => ({ source: `example ${resource.resourceType}`, resource }));
  const { values } = parseArgs({ options: { runs: { type: 'string', multiple: true, default: [] } } });
  const runs = [...ofRuns(values.runs)];
  const resources = [...examples, ...(await ofRouter()), ...ofDocuments(), ...runs];
  const judged = (await validator([], resources)) as { source: string; faults: string[] }[];
  const faults = judged.flatMap(({ source, faults: found }) => found.map((fault) => `${source}: ${fault}`));
  const defined = (await validator(['elements', ...COMPARED], [])) as DefinedElement[];
  const differing = differences(defined);
  for (const line of [...faults, ...differing]) console.error(line);
  console.log(
    `${String(judged.length)} resources validated (${String(runs.length)} of runs), ${String(defined.length)} elements compared`,
  );
  if (faults.length + differing.length > 0 || judged.length < resources.length) process.exitCode = 1;
}

await main();
