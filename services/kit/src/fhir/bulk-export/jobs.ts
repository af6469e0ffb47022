import { randomUUID } from 'node:crypto';
import { TooManyRequests } from '../../http/errors.ts';
import type { Collection } from '../../mongo/collection.ts';
import type { Mongo } from '../../mongo/mongo.ts';
import { withTransaction } from '../../mongo/transaction.ts';
import type { Transaction } from '../../mongo/transaction.ts';
import { takeTurn } from '../../mongo/turns.ts';
import type { Turn } from '../../mongo/turns.ts';
import { createWake } from '../../resilience/wake.ts';
import { EXPORT_FILES, EXPORT_JOBS, EXPORT_TURNS } from './job.ts';
import type { ExportFile, ExportJob, ExportOwner, ExportRequest } from './job.ts';
import type { ExportPart } from './part.ts';

export interface ExportTimes {
  /** How long an export can be fetched, from its kick-off. */
  readonly lifetimeMs: number;
  /** After this another replica goes on with the planning of one that says nothing. */
  readonly leaseMs: number;
  /** Between two steps of the planning, which so leaves the database to those who read. */
  readonly pauseMs: number;
}

/** Of one client at a time. */
const MOST_JOBS = 8;

/**
 * A change is stamped before its transaction commits: what is stamped earlier than this is committed, or never will be. Longer than a
 * transaction may take, with clocks of replicas that differ.
 */
const SETTLED_MS = 30_000;

/** Since the epoch: a lease that nobody holds. */
const NEVER = new Date(0);

/** The exports of a service, and the files that they consist of. */
export class ExportJobs {
  readonly times: ExportTimes;
  /** Rings when there is something to plan on this replica. */
  readonly started = createWake();
  readonly #jobs: Collection<ExportJob>;
  readonly #files: Collection<ExportFile>;
  readonly #turns: Collection<Turn>;
  readonly #mongo: Mongo;
  readonly #holder = randomUUID();

  constructor(mongo: Mongo, times: ExportTimes) {
    this.#mongo = mongo;
    this.times = times;
    this.#jobs = mongo.collection<ExportJob>(EXPORT_JOBS);
    this.#files = mongo.collection<ExportFile>(EXPORT_FILES);
    this.#turns = mongo.collection<Turn>(EXPORT_TURNS);
  }

  /** @throws TooManyRequests when the owner has too many already */
  async start(owner: ExportOwner, { types, since, patients, url }: ExportRequest): Promise<string> {
    const now = Date.now();
    const _id = randomUUID();
    const job: ExportJob = {
      ...{ _id, ...owner, url, types: [...types], ...(since ? { since } : {}) },
      ...(patients ? { patients: [...patients] } : {}),
      transactionTime: new Date(now - SETTLED_MS),
      ...{ state: 'planning', at: 0, files: 0, holder: '', leaseUntil: NEVER },
      expiresAt: new Date(now + this.times.lifetimeMs),
    };
    await withTransaction(this.#mongo, async (tx) => {
      await this.#requireFew(owner, tx);
      await this.#jobs.insert([job], tx);
    });
    this.started.ring();
    return _id;
  }

  async #requireFew(owner: ExportOwner, tx: Transaction): Promise<void> {
    await takeTurn(this.#turns, tx, `${owner.client} ${owner.subject}`);
    const limit = { limit: MOST_JOBS, ...tx };
    const running = await this.#jobs.count({ ...owner, expiresAt: { $gt: new Date() } }, limit);
    if (running < MOST_JOBS) return;
    throw new TooManyRequests(60, {
      detail: `At most ${String(MOST_JOBS)} exports at a time: delete those that are done with`,
    });
  }

  /** An export of this owner that has not expired. */
  async find(id: string, { subject, client }: ExportOwner): Promise<ExportJob | undefined> {
    const found = await this.#jobs.findOne({ _id: id, subject, client, expiresAt: { $gt: new Date() } });
    return found ?? undefined;
  }

  filesOf({ _id: job }: Pick<ExportJob, '_id'>): Promise<ExportFile[]> {
    return this.#files.find({ job }, { sort: { number: 1 }, projection: { part: 0 } });
  }

  async file({ _id: job }: Pick<ExportJob, '_id'>, number: number): Promise<ExportFile | undefined> {
    return (await this.#files.findOne({ job, number })) ?? undefined;
  }

  /** Cancels an export, or does away with it. Whoever plans it finds it gone. */
  async remove({ _id }: Pick<ExportJob, '_id'>): Promise<void> {
    await this.#jobs.deleteMany({ _id });
    await this.#files.deleteMany({ job: _id });
  }

  /** An export that has to be planned and that nobody plans, which this replica then does. */
  async claim(): Promise<ExportJob | undefined> {
    const now = new Date();
    const waiting = { state: 'planning', leaseUntil: { $lt: now }, expiresAt: { $gt: now } } as const;
    const lease = { holder: this.#holder, leaseUntil: this.#leaseEnd() };
    return (await this.#jobs.findOneAndUpdate(waiting, { $set: lease })) ?? undefined;
  }

  /** Gives a claimed export back, so that another replica goes on at once. */
  async release({ _id }: Pick<ExportJob, '_id'>): Promise<void> {
    await this.#jobs.updateOne({ _id, holder: this.#holder }, { $set: { leaseUntil: NEVER } });
  }

  /**
   * Commits one step of the planning: a file, and how far it has come. Both are there or neither, so that a step that was killed is done
   * again and none is done twice.
   * @returns the export as it is now; undefined when it is gone, or somebody else's by now
   */
  async advance(
    job: ExportJob,
    step: Pick<ExportJob, 'state' | 'at' | 'after'> & { readonly file?: { type: string; part: ExportPart } },
  ): Promise<ExportJob | undefined> {
    const { _id, files, since, expiresAt } = job;
    const { file, state, at, after } = step;
    const here = { _id, holder: this.#holder, files, at: job.at };
    return withTransaction(this.#mongo, async (tx) => {
      const set = { state, at, files: file ? files + 1 : files, leaseUntil: this.#leaseEnd() };
      const update =
        after === undefined ? { $set: set, $unset: { after: true as const } } : { $set: { ...set, after } };
      const next = await this.#jobs.findOneAndUpdate(here, update, tx);
      if (next && file) {
        const place = { _id: `${_id}/${String(files)}`, job: _id, number: files, expiresAt };
        await this.#files.insert([{ ...place, ...file, ...(since ? { since } : {}) }], tx);
      }
      return next ?? undefined;
    });
  }

  #leaseEnd(): Date {
    return new Date(Date.now() + this.times.leaseMs);
  }
}
