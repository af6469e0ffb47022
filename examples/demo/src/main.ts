import { readFileSync } from 'node:fs';
import { connect } from './client/connection.ts';
import type { Connection } from './client/connection.ts';
import { ClinicWatch } from './cluster/clinic-watch.ts';
import { Clinic } from './cluster/clinic.ts';
import { openCluster } from './cluster/kubectl-proxy.ts';
import { readClinicData } from './data/clinic-data.ts';
import { administrate, enter } from './enter.ts';
import { ClinicApi } from './client/clinic-api.ts';
import { importDataSet, renderImport } from './records/index.ts';
import { readFlags, USAGE, UsageError } from './flags.ts';
import type { Flags } from './flags.ts';
import { renderSummary } from './report/summary.ts';
import { runDemo } from './run.ts';

const MOST_FAULTS_SHOWN = 20;

/** Runs the demo and prints its result; returns the exit code. */
async function demo(flags: Flags, connection: Connection, clinic: Clinic): Promise<number> {
  const began = performance.now();
  const say = (line: string): void => {
    console.log(`[${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s] ${line}`);
  };
  const data = await readClinicData(flags.data);
  const entered = await enter(connection, await clinic.adminClientSecret());
  const watch = await ClinicWatch.open(clinic);
  const { figures, latencies, faults } = await runDemo({
    connection,
    entered,
    clinic,
    watch,
    data,
    appointments: flags.appointments,
    say,
  }).finally(() => watch.close());
  console.log(renderSummary(figures, latencies));
  if (flags.records)
    console.log(renderImport(await importDataSet({ connection, entered, folder: flags.data, say })));
  for (const fault of faults.slice(0, MOST_FAULTS_SHOWN)) console.error(`WRONG: ${fault}`);
  if (faults.length > MOST_FAULTS_SHOWN) console.error(`and ${faults.length - MOST_FAULTS_SHOWN} more`);
  say(
    faults.length === 0
      ? 'all numbers are what they must be'
      : `${faults.length} things are not as they must be`,
  );
  return faults.length === 0 ? 0 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, process.env);
  if (flags === undefined) {
    console.log(USAGE);
    return 0;
  }
  const cluster = await openCluster(flags.kubeconfig);
  const connection = connect(flags.url, flags.ca === undefined ? undefined : readFileSync(flags.ca, 'utf8'));
  try {
    const clinic = new Clinic(cluster, flags.namespace);
    if (!flags.count) return await demo(flags, connection, clinic);
    const admin = await administrate(connection, await clinic.adminClientSecret());
    console.log(await new ClinicApi(connection).countAppointments(admin));
    return 0;
  } finally {
    await connection.close();
    await cluster.close();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(
    error instanceof UsageError ? `${error.message}\n\n${USAGE}` : `The demo failed: ${String(error)}`,
  );
  process.exitCode = 1;
}
