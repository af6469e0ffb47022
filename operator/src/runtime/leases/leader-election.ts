import { spread } from '../backoff.ts';
import type { CallOptions, KubeClient } from '../client/client.ts';
import { pause, type Clock } from '../clock.ts';
import type { Logger } from '../controller.ts';
import { describe, isStatus } from '../errors.ts';
import type { ResourceType } from '../kube.ts';
import { LEASE_TIMES, LeaseState, type Lease, type LeaseTimes } from './lease.ts';

const leases: ResourceType<Lease> = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

export interface ElectionOptions {
  client: KubeClient;
  clock: Clock;
  random: () => number;
  log: Logger;
  namespace: string;
  name: string;
  identity: string;
  times?: LeaseTimes;
  /** How long a graceful stop waits for what is under way, in milliseconds. */
  drainMs: number;
  /** Leads until the term ends; resolves when everything begun has ended. Writes are fenced by `safeMs`. */
  lead(term: Term): Promise<void>;
  /** What was given up has not ended {@link LET_GO_MS} later: this replica neither leads nor campaigns any more. */
  onStuck?: (() => void) | undefined;
}

/** Milliseconds in which everything ends that heeds its signal; with the drain less than a pod's grace period. */
const LET_GO_MS = 5_000;

/** The two ways in which a term of leadership ends; `lost` follows `draining` when draining takes too long. */
export interface Term {
  /** Begin nothing more, finish what is under way. */
  readonly draining: AbortSignal;
  /** Give up what is under way. */
  readonly lost: AbortSignal;
}

interface RunningTerm {
  draining: AbortController;
  lost: AbortController;
  ended: Promise<void>;
  /** Of the timer at the end of the time in which writes are safe. */
  cancel: () => void;
}

/** Campaigns for a Lease, leads while it holds, and campaigns again when it was lost. */
export class LeaderElection {
  readonly #options: ElectionOptions;
  readonly #times: LeaseTimes;
  readonly #state: LeaseState;
  readonly #stop = new AbortController();
  #term: RunningTerm | undefined;
  #isStuck = false;
  #isStopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#times = options.times ?? LEASE_TIMES;
    this.#state = new LeaseState(options.identity, this.#times);
    options.client.discovery.learn([leases]);
  }

  /** For how many milliseconds from now writes are safe: the write guard of the leader's client. */
  readonly safeMs = (): number => this.#state.safeMs(this.#options.clock.monotonic());

  get isLeading(): boolean {
    return this.#term !== undefined && this.safeMs() > 0;
  }

  /** Something begun under a Lease that is gone does not end. Another term beside it could do the same thing twice at once. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  start(): void {
    this.#running = this.#campaign();
  }

  /** Ends the term, waits for what is under way, releases the lease so that another takes over at once. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    // While the term winds down the lease is still renewed: what is under way may finish its writes.
    await this.#drainTerm();
    this.#stop.abort();
    await this.#running;
    await this.#release();
  }

  async #campaign(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stop.signal.aborted) {
      await this.#turn();
      const wait = this.#state.holds(clock.monotonic()) ? this.#times.renewMs : this.#lookMs();
      await pause(clock, wait, this.#stop.signal);
    }
  }

  #lookMs(): number {
    const { clock, random } = this.#options;
    const expiry = this.#state.msToExpiry(clock.monotonic());
    const look = spread(this.#times.lookMs, random);
    return expiry > 0 ? Math.min(look, expiry + 50 * random()) : look;
  }

  async #turn(): Promise<void> {
    const { clock, log } = this.#options;
    try {
      if (!this.#state.holds(clock.monotonic())) await this.#look();
      if (this.#state.mayAcquire(clock.monotonic())) await this.#claim();
    } catch (error) {
      log.warn('the lease could not be read or written', { error: describe(error) });
    }
    if (this.#state.holds(clock.monotonic())) this.#beginTerm();
    else await this.#lose();
  }

  async #look(): Promise<void> {
    const { client, clock, namespace, name } = this.#options;
    // The lease may be lost: before anything else nothing may be written any more.
    await this.#lose();
    const lease = await client.get(leases, { namespace, name }, this.#call());
    this.#state.observe(lease, clock.monotonic());
  }

  async #claim(): Promise<void> {
    const { client, clock, namespace, name } = this.#options;
    const startedAt = clock.monotonic();
    const claim = this.#state.claim({ name, namespace }, clock.wall());
    try {
      const isNew = claim.metadata.resourceVersion === undefined;
      const written = await (isNew ? client.create(claim, this.#call()) : client.update(claim, this.#call()));
      this.#state.renewed(written, startedAt, clock.monotonic());
    } catch (error) {
      // Somebody else was quicker, an earlier write of ours arrived whose answer did not, or the lease was deleted: look.
      if (!isStatus(error, 409) && !isStatus(error, 404)) throw error;
      // What was deleted anybody may make anew, who has not seen us hold it.
      if (isStatus(error, 404)) this.#state.giveUp();
      const lease = await client.get(leases, { namespace, name }, this.#call());
      this.#state.observe(lease, clock.monotonic());
    }
  }

  /** A renewal that hangs must leave time for another try before the deadline. */
  #call(): CallOptions {
    return { timeoutMs: this.#times.deadlineMs / 3, attempts: 1, isVital: true };
  }

  #beginTerm(): void {
    if (this.#term !== undefined || this.#isStopping) return;
    this.#options.log.info('leading', { identity: this.#options.identity });
    const draining = new AbortController();
    const lost = new AbortController();
    const ended = this.#options.lead({ draining: draining.signal, lost: lost.signal });
    this.#term = { draining, lost, ended, cancel: () => undefined };
    this.#endInTime(this.#term);
  }

  /** Ends the term when the lease may be lost, whatever the campaign is waiting for. */
  #endInTime(term: RunningTerm): void {
    const safeMs = this.safeMs();
    if (safeMs <= 0) this.#endTerm(term);
    else
      term.cancel = this.#options.clock.after(safeMs, () => {
        this.#endInTime(term);
      });
  }

  #endTerm(term: RunningTerm): void {
    term.cancel();
    this.#state.giveUp();
    if (term.lost.signal.aborted) return;
    this.#options.log.warn('leadership may be lost, writing nothing more', {
      identity: this.#options.identity,
    });
    this.#letGo(term, 'leadership was lost');
  }

  async #lose(): Promise<void> {
    const term = this.#term;
    if (term === undefined) return;
    this.#endTerm(term);
    await term.ended;
    this.#term = undefined;
  }

  /** Ends what is under way, and tells when it does not end: then only a restart helps. */
  #letGo({ draining, lost, ended }: RunningTerm, why: string): void {
    const { clock, log, onStuck } = this.#options;
    const reason = new Error(why);
    draining.abort(reason);
    lost.abort(reason);
    const cancel = clock.after(LET_GO_MS, () => {
      this.#isStuck = true;
      log.error('what was given up does not end: this replica has to be restarted', { why });
      onStuck?.();
    });
    const done = (): void => {
      cancel();
      this.#isStuck = false;
    };
    ended.then(done, done);
  }

  async #drainTerm(): Promise<void> {
    const { clock, drainMs, log } = this.#options;
    const term = this.#term;
    if (term === undefined) return;
    term.draining.abort(new Error('the program stops'));
    const cancel = clock.after(drainMs, () => {
      log.warn('what is under way takes too long, giving it up', { drainMs });
      if (!term.lost.signal.aborted) this.#letGo(term, 'the program stops');
    });
    await term.ended;
    cancel();
    term.cancel();
  }

  async #release(): Promise<void> {
    const { client, log, namespace, name } = this.#options;
    const lease = this.#state.release({ name, namespace });
    this.#state.giveUp();
    if (lease === undefined) return;
    try {
      await client.update(lease, this.#call());
      log.info('lease released');
    } catch (error) {
      log.warn('the lease could not be released', { error: describe(error) });
    }
  }
}
