import { KubeClient } from './client.ts';
import { pause, systemClock, type Clock } from './clock.ts';
import type { AnyController, Logger } from './controller.ts';
import { inClusterCredentials, kubeconfigCredentials } from './credentials.ts';
import { startHealthServer, type HealthServer } from './health.ts';
import { Informers } from './informers.ts';
import { LeaderElection, type Term } from './leader-election.ts';
import type { LeaseTimes } from './lease.ts';
import { Metrics } from './metrics.ts';
import { ReconcileTerm } from './term.ts';
import { Transport } from './transport.ts';
import { followAll } from './wiring.ts';

export interface ManagerOptions {
  controllers: readonly AnyController[];
  /** Absent: the pod's ServiceAccount. */
  kubeconfig?: string | undefined;
  /** Where to look for our own kinds and their children; empty means everywhere. */
  namespaces?: readonly string[];
  lease: { namespace: string; name: string; times?: LeaseTimes };
  /** Unique for each process. */
  identity: string;
  log: Logger;
  /** Reconciles at once, for each kind. */
  concurrency?: number;
  health?: { host?: string | undefined; port: number };
  /** A watch that says nothing for so many milliseconds is begun again; readiness fails at twice that. */
  silenceLimitMs?: number;
  resyncMs?: number;
  /** How long a graceful stop waits for running reconciles. */
  drainMs?: number;
  userAgent?: string;
  metrics?: Metrics;
  clock?: Clock;
  random?: () => number;
}

export interface Manager {
  readonly metrics: Metrics;
  readonly client: KubeClient;
  readonly informers: Informers;
  /** Port of `/livez`, `/readyz` and `/metrics`. */
  readonly healthPort: number;
  isLeading(): boolean;
  /** What keeps `/readyz` from 200. */
  failing(): string[];
  /** Stops taking work, finishes what runs, releases the lease. */
  stop(): Promise<void>;
}

/** Bookmarks come about once a minute (apiserver, watch cache); two in a row may be lost. */
const SILENCE_LIMIT_MS = 150_000;
const RESYNC_MS = 600_000;
const DRAIN_MS = 20_000;
const CONCURRENCY = 10;

/** Starts informers, leader election and reconciles; resolves as soon as it is under way, not when it leads. */
export async function startManager(options: ManagerOptions): Promise<Manager> {
  const metrics = options.metrics ?? new Metrics();
  const manager = new RunningManager(options, await connect(options, metrics), metrics);
  await manager.start();
  return manager;
}

async function connect(options: ManagerOptions, metrics: Metrics): Promise<Transport> {
  const { kubeconfig, clock = systemClock, random = Math.random, userAgent = 'careplane' } = options;
  const credentials =
    kubeconfig === undefined
      ? await inClusterCredentials({ clock, env: process.env })
      : await kubeconfigCredentials(kubeconfig);
  return new Transport({ credentials, clock, random, userAgent, onCall: metrics.onCall });
}

class RunningManager implements Manager {
  readonly metrics: Metrics;
  readonly client: KubeClient;
  readonly informers: Informers;
  readonly #options: ManagerOptions;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #election: LeaderElection;
  readonly #stopped = new AbortController();
  readonly #silenceLimitMs: number;
  #health: HealthServer | undefined;
  #term: ReconcileTerm | undefined;
  #campaign: Promise<void> = Promise.resolve();

  constructor(options: ManagerOptions, transport: Transport, metrics: Metrics) {
    this.#options = options;
    this.#transport = transport;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#silenceLimitMs = options.silenceLimitMs ?? SILENCE_LIMIT_MS;
    this.metrics = metrics;
    this.client = new KubeClient(transport);
    this.informers = this.#createInformers();
    this.#election = this.#createElection();
  }

  get healthPort(): number {
    return this.#health?.port ?? 0;
  }

  isLeading(): boolean {
    return this.#election.isLeading;
  }

  async start(): Promise<void> {
    const { health } = this.#options;
    if (health !== undefined)
      this.#health = await startHealthServer({
        ...health,
        registry: this.metrics.registry,
        failing: () => this.failing(),
        beforeScrape: () => {
          this.#measure();
        },
      });
    this.informers.start();
    this.#campaign = this.#campaignWhenSynced();
  }

  failing(): string[] {
    const failing = this.informers.unsynced().map((kind) => `${kind} is not listed yet`);
    for (const [kind, ms] of this.informers.silences())
      if (ms > 2 * this.#silenceLimitMs)
        failing.push(`nothing was heard about ${kind} for ${Math.round(ms / 1_000)} s`);
    if (this.#stopped.signal.aborted) failing.push('stopping');
    return failing;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#campaign;
    await this.#election.stop();
    await this.informers.stop();
    await this.#transport.close();
    await this.#health?.stop();
  }

  #createInformers(): Informers {
    const { controllers, log, namespaces = [] } = this.#options;
    const environment = {
      client: this.client,
      clock: this.#clock,
      random: this.#random,
      metrics: this.metrics,
      log,
      silenceLimitMs: this.#silenceLimitMs,
    };
    const informers = new Informers(environment, namespaces);
    followAll(controllers, informers, () => this.#term);
    this.client.discovery.learn(controllers.flatMap(({ type, owns }) => [type, ...owns]));
    return informers;
  }

  #createElection(): LeaderElection {
    const { lease, identity, log, drainMs = DRAIN_MS } = this.#options;
    return new LeaderElection({
      ...lease,
      client: this.client,
      clock: this.#clock,
      random: this.#random,
      log,
      identity,
      drainMs,
      lead: (term) => this.#lead(term),
    });
  }

  /** A candidate without its caches would lead without knowing anything. */
  async #campaignWhenSynced(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted && this.informers.unsynced().length > 0) await pause(this.#clock, 100, signal);
    if (!signal.aborted) this.#election.start();
  }

  async #lead({ draining, lost }: Term): Promise<void> {
    const { concurrency = CONCURRENCY, resyncMs = RESYNC_MS } = this.#options;
    const term = new ReconcileTerm({
      ...this.#options,
      client: this.client.fenced(this.#election.safeMs),
      informers: this.informers,
      metrics: this.metrics,
      clock: this.#clock,
      random: this.#random,
      concurrency,
      resyncMs,
      lost,
    });
    this.#term = term;
    term.start();
    await aborted(draining);
    this.#term = undefined;
    await term.stop();
  }

  #measure(): void {
    for (const [kind, ms] of this.informers.silences()) this.metrics.watchSilence.set({ kind }, ms / 1_000);
    this.metrics.leader.set(this.isLeading() ? 1 : 0);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
