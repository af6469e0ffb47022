import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../client/client.ts';
import { ApiError } from '../errors.ts';
import { ManualClock } from '../fixtures/manualClock.ts';
import { silentLogger } from '../telemetry/log.ts';
import { LEASE_TIMES, type Lease } from './lease.ts';
import { LeaderElection, type Term } from './leaderElection.ts';

const { deadlineMs, durationMs } = LEASE_TIMES;

/** The API server's Lease: writes need its present version. */
class LeaseServer {
  lease: Lease | undefined;
  /** No answer but errors. */
  isAway = false;
  #version = 0;
  readonly client = {
    discovery: { learn: () => undefined },
    get: () => Promise.resolve(structuredClone(this.lease)),
    create: (lease: Lease) => this.#write(lease, this.lease === undefined ? undefined : 409),
    update: (lease: Lease) => this.#write(lease, this.#objection(lease)),
  } as unknown as KubeClient;

  #objection({ metadata }: Lease): number | undefined {
    if (this.lease === undefined) return 404;
    return metadata.resourceVersion === this.lease.metadata.resourceVersion ? undefined : 409;
  }

  #write(lease: Lease, status: number | undefined): Promise<Lease> {
    if (this.isAway) return Promise.reject(new Error('away'));
    if (status !== undefined)
      return Promise.reject(new ApiError({ status, reason: 'No', message: 'no', path: 'lease' }));
    const metadata = { ...lease.metadata, resourceVersion: String(++this.#version) };
    this.lease = { ...structuredClone(lease), metadata };
    return Promise.resolve(structuredClone(this.lease));
  }
}

interface Candidate {
  election: LeaderElection;
  terms: Term[];
}

/** Leads until the term drains and what it began has ended. */
function candidateOf(
  clock: ManualClock,
  client: KubeClient,
  identity: string,
  begun: Promise<unknown> = Promise.resolve(),
): Candidate {
  const terms: Term[] = [];
  const election = new LeaderElection({
    client,
    clock,
    random: () => 0.5,
    log: silentLogger,
    namespace: 'n',
    name: 'l',
    identity,
    drainMs: 1_000,
    lead: async (term) => {
      terms.push(term);
      await once(term.draining, 'abort');
      await begun;
    },
  });
  return { election, terms };
}

describe('a leader', () => {
  it('ends its term when the lease may be lost, although its renewal never returns', async () => {
    const clock = new ManualClock();
    const { client } = new LeaseServer();
    const { election, terms } = candidateOf(clock, client, 'a');
    election.start();
    await clock.advance(0);
    expect(election.isLeading).toBe(true);
    client.update = () => new Promise(() => undefined);
    await clock.advance(deadlineMs - 1);
    expect(terms[0]?.lost.aborted).toBe(false);
    await clock.advance(1);
    expect([terms[0]?.lost.aborted, election.isLeading]).toEqual([true, false]);
  });

  it('goes on as long as it renews', async () => {
    const clock = new ManualClock();
    const { election, terms } = candidateOf(clock, new LeaseServer().client, 'a');
    election.start();
    await clock.advance(10 * durationMs);
    expect(terms.map(({ lost }) => lost.aborted)).toEqual([false]);
    await election.stop();
  });

  it('is stuck while what it began does not end after the lease was lost, and leads again only then', async () => {
    const clock = new ManualClock();
    const server = new LeaseServer();
    const begun = Promise.withResolvers<undefined>();
    const { election, terms } = candidateOf(clock, server.client, 'a', begun.promise);
    election.start();
    await clock.advance(0);
    server.isAway = true;
    await clock.advance(deadlineMs + 4_000);
    expect(election.isStuck).toBe(false);
    server.isAway = false;
    await clock.advance(60_000);
    expect([election.isStuck, terms.length]).toEqual([true, 1]);
    begun.resolve(undefined);
    await clock.advance(durationMs);
    expect([election.isStuck, terms.length, election.isLeading]).toEqual([false, 2, true]);
  });
});
