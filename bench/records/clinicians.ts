import { once } from 'node:events';
import { declareTopology } from '@careplane/kit/testing';
import { exampleOf } from '../../services/records/test/examples.ts';
import { startRecordsLab, treating } from '../../services/records/test/records-lab.ts';
import type { Caller, RecordsLab } from '../../services/records/test/records-lab.ts';
import type { Ask } from '../gateway/load.ts';
import { descendantOf } from '../lib/process.ts';

/** The service of medical records as a process of its own, with encryption and audit, and clinicians who use it. */
export interface Clinicians {
  readonly url: string;
  /** By name: the service, MongoDB, RabbitMQ. */
  readonly pids: Readonly<Record<string, number>>;
  /** Of each record that there is. */
  readonly reads: readonly Ask[];
  readonly creates: readonly Ask[];
  readonly lab: RecordsLab;
  /** Events that the broker has not confirmed yet: entries of the audit. */
  pending(): Promise<number>;
  stop(): Promise<void>;
}

export interface CliniciansOptions {
  readonly clinicians: number;
  /** That each of them treats. */
  readonly patients: number;
  /** Of each patient. */
  readonly observations: number;
  /** Flags of Node for the service. */
  readonly flags: readonly string[];
}

const PATH = '/fhir/R4/Observation';

export async function startClinicians(options: CliniciansOptions): Promise<Clinicians> {
  const lab = await startRecordsLab();
  await declareTopology(lab.rabbit.uri, { service: 'audit', consumes: ['audit.recorded'] });
  const service = await lab.spawn({ NODE_ENV: 'production' }, options.flags);
  service.child.stdout?.resume(); // else its log fills the pipe
  await lab.end(); // its replica in this process would do part of the work
  const { reads, creates } = await admit(lab, service.url, options);
  return {
    ...{ url: service.url, reads, creates, lab },
    pids: {
      records: service.child.pid ?? 0,
      mongod: await descendantOf(process.pid, 'mongod'),
      rabbitmq: await descendantOf(process.pid, 'beam.smp'),
    },
    pending: () => lab.database.collection('outbox').countDocuments({ pending: true }),
    async stop(): Promise<void> {
      const exited = once(service.child, 'exit');
      service.child.kill('SIGTERM');
      await exited; // it writes its profile
      await lab.stop();
    },
  };
}

async function admit(
  lab: RecordsLab,
  url: string,
  { clinicians, patients, observations }: CliniciansOptions,
): Promise<{ reads: Ask[]; creates: Ask[] }> {
  const reads: Ask[] = [];
  const creates: Ask[] = [];
  for (let n = 0; n < clinicians; n += 1) {
    const treated = Array.from({ length: patients }, () => lab.patient());
    const clinician = await lab.caller('practitioner', treating(...treated));
    const authorization = `Bearer ${clinician.token}`;
    for (const patient of treated) {
      const body = JSON.stringify(exampleOf('Observation', patient));
      const headers = { authorization, 'content-type': 'application/fhir+json' };
      creates.push({ path: PATH, headers, body });
      const ids = await observe(lab.at(url), clinician, { patient, observations });
      reads.push(...ids.map((id) => ({ path: `${PATH}/${id}`, headers: { authorization } })));
    }
  }
  return { reads: shuffled(reads), creates };
}

async function observe(
  at: ReturnType<RecordsLab['at']>,
  clinician: Caller,
  { patient, observations }: { readonly patient: string; readonly observations: number },
): Promise<string[]> {
  const body = exampleOf('Observation', patient);
  const made = await Promise.all(
    Array.from({ length: observations }, () => at.ask('POST Observation', clinician, { body })),
  );
  return made.map(({ status, body: { id } }) => {
    if (status !== 201 || id === undefined) throw new Error(`a create is answered ${String(status)}`);
    return id;
  });
}

/** Who asks next is another clinician, and about another patient. */
function shuffled<T>(list: readonly T[]): T[] {
  const step = 7_919; // a prime: each is met once before any is met again
  return list.map((_, at) => list[(at * step) % list.length] as T);
}
