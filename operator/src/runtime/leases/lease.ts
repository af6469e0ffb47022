import type { AnyObject } from '../kube.ts';

export interface LeaseTimes {
  /** How long others respect a lease that is not renewed. */
  durationMs: number;
  /** How long the holder trusts its last renewal; shorter, so that it stops before another may begin. */
  deadlineMs: number;
  /** How often the holder renews. */
  renewMs: number;
  /** How often the others look. */
  lookMs: number;
}

/** Takeover after a crash: at most duration + look + one call, under 15 s. */
export const LEASE_TIMES: LeaseTimes = {
  durationMs: 10_000,
  deadlineMs: 7_000,
  renewMs: 2_000,
  lookMs: 1_000,
};

/** `coordination.k8s.io/v1` Lease, the fields that matter. */
export interface Lease extends AnyObject {
  spec?: {
    holderIdentity?: string | null;
    leaseDurationSeconds?: number | null;
    acquireTime?: string | null;
    renewTime?: string | null;
    leaseTransitions?: number | null;
  };
}

/** Who leads, judged by this process's monotonic clock alone, as in client-go's leaderelection. Pure. */
export class LeaseState {
  readonly #identity: string;
  readonly #times: LeaseTimes;
  #lease: Lease | undefined;
  /** When the lease was last seen to change. */
  #changedAt = 0;
  /** A lease that vanished is respected as if its holder were still there, until then: it may not know yet. */
  #respectedUntil = 0;
  /** Start of the last renewal that succeeded; the lease holds at least from there. */
  #renewedAt: number | undefined;

  constructor(identity: string, times: LeaseTimes) {
    this.#identity = identity;
    this.#times = times;
  }

  /** The lease as read from the API server; `undefined` when there is none. */
  observe(lease: Lease | undefined, now: number): void {
    if (lease === undefined && this.#isForeign()) this.#respectedUntil = now + this.#durationMs();
    if (lease?.metadata.resourceVersion !== this.#lease?.metadata.resourceVersion || lease === undefined)
      this.#changedAt = now;
    this.#lease = lease;
    if (lease?.spec?.holderIdentity !== this.#identity) this.#renewedAt = undefined;
  }

  /** Our write of the lease, begun at `startedAt`, succeeded. */
  renewed(lease: Lease, startedAt: number, now: number): void {
    this.observe(lease, now);
    this.#renewedAt = startedAt;
  }

  /** Whether the lease is free, run out, or still ours: worth trying to write. */
  mayAcquire(now: number): boolean {
    return this.msToExpiry(now) <= 0;
  }

  /** Milliseconds until the lease may be taken. */
  msToExpiry(now: number): number {
    if (this.#lease === undefined) return Math.max(0, this.#respectedUntil - now);
    return this.#isForeign() ? this.#changedAt + this.#durationMs() - now : 0;
  }

  /** Somebody else holds the lease, or did when it was last renewed. */
  #isForeign(): boolean {
    const holder = this.#lease?.spec?.holderIdentity ?? '';
    return holder !== '' && holder !== this.#identity;
  }

  #durationMs(): number {
    const seconds = this.#lease?.spec?.leaseDurationSeconds;
    return typeof seconds === 'number' ? seconds * 1_000 : this.#times.durationMs;
  }

  /** For how many milliseconds from now writes are safe; 0 when the lease is not ours or may be lost. */
  safeMs(now: number): number {
    if (this.#renewedAt === undefined) return 0;
    return Math.max(0, this.#renewedAt + this.#times.deadlineMs - now);
  }

  holds(now: number): boolean {
    return this.safeMs(now) > 0;
  }

  /** No write is safe from now on. */
  giveUp(): void {
    this.#renewedAt = undefined;
  }

  /** The lease to write in order to get or keep it; `wall` is shown to people only. */
  claim(identity: { name: string; namespace: string }, wall: number): Lease {
    const before = this.#lease?.spec;
    const isOurs = before?.holderIdentity === this.#identity;
    const time = `${new Date(wall).toISOString().slice(0, -1)}000Z`;
    const transitions = before?.leaseTransitions ?? 0;
    return this.#write(identity, {
      holderIdentity: this.#identity,
      leaseDurationSeconds: Math.round(this.#times.durationMs / 1_000),
      acquireTime: isOurs ? (before.acquireTime ?? time) : time,
      renewTime: time,
      leaseTransitions: isOurs || this.#lease === undefined ? transitions : transitions + 1,
    });
  }

  /** The lease that lets another take over at once. */
  release(identity: { name: string; namespace: string }): Lease | undefined {
    if (this.#lease?.spec?.holderIdentity !== this.#identity) return undefined;
    const { leaseTransitions = 0 } = this.#lease.spec;
    return this.#write(identity, { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions });
  }

  #write(identity: { name: string; namespace: string }, spec: NonNullable<Lease['spec']>): Lease {
    const resourceVersion = this.#lease?.metadata.resourceVersion;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...identity, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      spec,
    };
  }
}
