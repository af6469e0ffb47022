import { once } from 'node:events';
import { KubeClient } from './client/client.ts';
import { pause, systemClock, type Clock } from './clock.ts';
import type { Runnable } from './runnable.ts';
import type { AnyController, Logger } from './controller.ts';
import { inClusterCredentials, kubeconfigCredentials } from './client/credentials.ts';
import { Guards } from './safety/guards.ts';
import { startHealthServer, type HealthServer } from './telemetry/health.ts';
import type { InformerEnvironment } from './cache/informer-options.ts';
import { Informers } from './cache/informers.ts';
import { LeaderElection, type Term } from './leases/leader-election.ts';
import type { LeaseTimes } from './leases/lease.ts';
import { Metrics } from './telemetry/metrics.ts';
import { ObjectGauges } from './telemetry/object-gauges.ts';
import { LeaderTerm } from './leader-term.ts';
import { noTracing, type Tracing } from './telemetry/tracing.ts';
import { Transport } from './client/transport.ts';
import { addEventHandlers } from './event-handlers.ts';

export interface ManagerOptions {
  controllers: readonly AnyController[];
  /** Absent: the pod's ServiceAccount. */
  kubeconfig?: string | undefined;
  /** Where to look for our own kinds and their children; empty means everywhere. */
  namespaces?: readonly string[];
  /** Label selector over namespaces: only what is in those is cached and worked on. Empty: all. */
  namespaceSelector?: string;
  lease: { namespace: string; name: string; times?: LeaseTimes };
  /** Unique for each process. */
  identity: string;
  log: Logger;
  /** Reconciles at once, for each kind. */
  concurrency?: number;
  health?: { host?: string | undefined; port: number };
  /** What runs beside the controllers: webhooks. */
  runnables?: readonly Runnable[];
  /** A watch that says nothing for so many milliseconds is begun again. */
  silenceLimitMs?: number;
  resyncMs?: number;
  /** How long a graceful stop waits for running reconciles. */
  drainMs?: number;
  /** Work that was given up with the Lease does not end: the program has to be restarted. `/livez` fails from then on. */
  onStuck?: () => void;
  userAgent?: string;
  metrics?: Metrics;
  tracing?: Tracing;
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
  /** What keeps `/readyz` from 200: the replica cannot serve the webhook, or stops. */
  failing(): string[];
  /** Stops taking work, finishes what runs, releases the lease. */
  stop(): Promise<void>;
}

/** Bookmarks come about once a minute (apiserver, watch cache); two in a row may be lost. */
const SILENCE_LIMIT_MS = 150_000;
const RESYNC_MS = 600_000;
/** The caches are compared with the server less often than objects with their caches: a list costs more. */
const RELIST_PER_RESYNC = 3;
const DRAIN_MS = 20_000;
const CONCURRENCY = 10;
/** How often is looked whether the caches are complete, at the start. */
const POLL_MS = 20;

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
      : await kubeconfigCredentials(kubeconfig, clock);
  return new Transport({
    credentials,
    clock,
    random,
    userAgent,
    onCall: (call) => {
      metrics.onCall(call);
      options.tracing?.onCall(call);
    },
  });
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
  readonly #guards: Guards;
  readonly #objectGauges: ObjectGauges;
  readonly #stopped = new AbortController();
  readonly #silenceLimitMs: number;
  #health: HealthServer | undefined;
  /** The term while it takes work. */
  #term: LeaderTerm | undefined;
  /** The term until its last reconcile has ended. */
  #unfinished: LeaderTerm | undefined;
  #campaign: Promise<void> = Promise.resolve();

  constructor(options: ManagerOptions, transport: Transport, metrics: Metrics) {
    this.#options = options;
    this.#transport = transport;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#silenceLimitMs = options.silenceLimitMs ?? SILENCE_LIMIT_MS;
    this.metrics = metrics;
    this.#objectGauges = new ObjectGauges(metrics.registry, options.controllers);
    this.client = new KubeClient(transport);
    this.#guards = this.#createGuards();
    this.informers = this.#createInformers();
    this.#election = this.#createElection();
  }

  get healthPort(): number {
    return this.#health?.port ?? 0;
  }

  isLeading(): boolean {
    return this.#election.isLeading;
  }

  get #runnables(): readonly Runnable[] {
    return this.#options.runnables ?? [];
  }

  async start(): Promise<void> {
    const { health } = this.#options;
    if (health !== undefined)
      this.#health = await startHealthServer({
        ...health,
        registry: this.metrics.registry,
        failing: () => this.failing(),
        isStuck: () => this.#election.isStuck,
        beforeScrape: () => {
          this.#measure();
        },
      });
    for (const runnable of this.#runnables) await runnable.start(this);
    this.#guards.start();
    this.#campaign = this.#campaignWhenSynced();
  }

  failing(): string[] {
    const unknown = [...this.#guards.unsettled(), ...this.informers.unsynced()];
    // Of watches only the first list counts. One that goes silent later must not take the webhook from all namespaces.
    const failing = unknown.map((what) => `${what} is not listed yet`);
    failing.push(...this.#runnables.flatMap((runnable) => runnable.failing()));
    if (this.#stopped.signal.aborted) failing.push('stopping');
    return failing;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    // They answer on for a moment, beside the drain and with the caches as they are.
    const runnables = this.#runnables.map((runnable) => runnable.stop());
    await this.#campaign;
    await this.#election.stop();
    await this.#guards.stop();
    await this.informers.stop();
    await Promise.all(runnables);
    await this.#transport.close();
    await this.#options.tracing?.stop();
    await this.#health?.stop();
  }

  #informerEnvironment(): InformerEnvironment {
    const { log, resyncMs = RESYNC_MS } = this.#options;
    return {
      client: this.client,
      clock: this.#clock,
      random: this.#random,
      metrics: this.metrics,
      log,
      silenceLimitMs: this.#silenceLimitMs,
      relistMs: RELIST_PER_RESYNC * resyncMs,
    };
  }

  #createGuards(): Guards {
    const { controllers, namespaceSelector = '', lease } = this.#options;
    return new Guards({
      types: controllers.map(({ type }) => type),
      namespaceSelector,
      lease: { namespace: lease.namespace, name: lease.name },
      environment: this.#informerEnvironment(),
      informers: () => this.informers,
      current: () => this.#term,
      idle: async (namespace) => this.#unfinished?.idle(namespace),
    });
  }

  #createInformers(): Informers {
    const { controllers, namespaces = [] } = this.#options;
    const environment = {
      ...this.#informerEnvironment(),
      admits: this.#guards.admits,
      rights: this.#guards.rights,
    };
    const informers = new Informers(environment, namespaces);
    addEventHandlers(controllers, informers, () => this.#term);
    this.client.discovery.learn(controllers.flatMap(({ type, owns }) => [type, ...owns]));
    return informers;
  }

  #createElection(): LeaderElection {
    const { lease, identity, log, drainMs = DRAIN_MS, onStuck } = this.#options;
    return new LeaderElection({
      ...lease,
      client: this.client,
      clock: this.#clock,
      random: this.#random,
      log,
      identity,
      drainMs,
      onStuck,
      lead: (term) => this.#lead(term),
    });
  }

  /** A candidate without its caches would lead without knowing anything. */
  async #campaignWhenSynced(): Promise<void> {
    // First which namespaces and kinds are ours: nothing of the others is taken in.
    if (!(await this.#until(() => this.#guards.unsettled().length === 0))) return;
    this.informers.start();
    if (await this.#until(() => this.informers.unsynced().length === 0)) this.#election.start();
  }

  /** False when the program stops before it is so. */
  async #until(isSo: () => boolean): Promise<boolean> {
    const { signal } = this.#stopped;
    while (!signal.aborted && !isSo()) await pause(this.#clock, POLL_MS, signal);
    return !signal.aborted;
  }

  async #lead({ draining, lost }: Term): Promise<void> {
    const client = this.client.fenced(this.#election.safeMs);
    const duties = this.#runnables.map(async (runnable) => runnable.lead?.({ client, signal: draining }));
    await this.#work(client, { draining, lost });
    await Promise.all(duties);
  }

  /** Reconciles until the term ends. */
  async #work(client: KubeClient, { draining, lost }: Term): Promise<void> {
    const { concurrency = CONCURRENCY, resyncMs = RESYNC_MS } = this.#options;
    const term = new LeaderTerm({
      ...this.#options,
      client,
      informers: this.informers,
      metrics: this.metrics,
      clock: this.#clock,
      random: this.#random,
      concurrency,
      resyncMs,
      lost,
      isSuspended: this.#guards.isSuspended,
      safeMs: this.#election.safeMs,
      tracing: this.#options.tracing ?? noTracing,
    });
    this.#term = this.#unfinished = term;
    term.start();
    this.#guards.announce();
    if (!draining.aborted) await once(draining, 'abort');
    this.#term = undefined;
    await term.stop();
    this.#unfinished = undefined;
  }

  #measure(): void {
    for (const [kind, ms] of this.informers.silences()) this.metrics.watchSilence.set({ kind }, ms / 1_000);
    this.metrics.leader.set(this.isLeading() ? 1 : 0);
    // Also of a term that was lost: what still runs keeps this replica from leading.
    if (this.#unfinished === undefined) this.metrics.longestReconcile.reset();
    else this.#unfinished.measure();
    this.#guards.measure();
    this.#objectGauges.measure(this.isLeading() ? this.informers : undefined);
  }
}
