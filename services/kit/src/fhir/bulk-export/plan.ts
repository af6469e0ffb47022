import type { ServiceContext } from '../../context.ts';
import { describeError } from '../../observe/describe-error.ts';
import { pause } from '../../resilience/backoff.ts';
import type { ResourceDefinition } from '../definition.ts';
import type { ExportJob } from './job.ts';
import type { ExportJobs } from './jobs.ts';

interface Planning {
  readonly jobs: ExportJobs;
  readonly definitions: readonly Pick<ResourceDefinition, 'type' | 'exports'>[];
}

/** How often a replica looks for exports that another one has left. */
const LOOK_MS = 2_000;

/**
 * Divides exports into files, for as long as the service runs: one at a time on each replica, in small steps with pauses between them. A
 * step is a query of an index and a commit; no resource is read.
 */
export async function keepPlanning(
  { lifecycle: { signal }, logger }: Pick<ServiceContext, 'lifecycle' | 'logger'>,
  planning: Planning,
): Promise<void> {
  const { jobs } = planning;
  while (!signal.aborted) {
    try {
      const job = await jobs.claim();
      if (job) {
        await plan(job, planning, signal);
        continue;
      }
    } catch (error) {
      logger.warn('export: not planned yet', describeError(error));
    }
    await jobs.started.sleep(LOOK_MS, signal);
  }
}

/** Plans an export to its end, or until it is taken away. */
async function plan(claimed: ExportJob, { jobs, definitions }: Planning, signal: AbortSignal): Promise<void> {
  let job: ExportJob | undefined = claimed;
  while (job?.state === 'planning' && !signal.aborted) {
    job = await step(job, { jobs, definitions });
    await pause(jobs.times.pauseMs, signal);
  }
  if (job?.state === 'planning') await jobs.release(job);
}

/** The next file of an export, or its next type, or its end. */
async function step(job: ExportJob, { jobs, definitions }: Planning): Promise<ExportJob | undefined> {
  const type = job.types[job.at];
  if (type === undefined) return jobs.advance(job, { state: 'complete', at: job.at });
  const { since, patients, after } = job;
  const found = await definitions
    .find((one) => one.type === type)
    ?.exports?.nextPart({
      ...(since ? { since } : {}),
      ...(patients ? { patients } : {}),
      ...(after === undefined ? {} : { after }),
    });
  const next = found?.next;
  return jobs.advance(job, {
    state: 'planning',
    ...(next === undefined ? { at: job.at + 1 } : { at: job.at, after: next }),
    ...(found ? { file: { type, part: found.part } } : {}),
  });
}
