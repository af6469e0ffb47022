import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../client/client.ts';
import { ApiError } from '../errors.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { silentLogger } from '../telemetry/log.ts';
import { LEASE_TIMES, type Lease } from './lease.ts';
import { LeaderElection, type Term } from './leader-election.ts';

const { deadlineMs, durationMs } = LEASE_TIMES;

/** The API server's Lease: writes need its present version. */
class LeaseServer {
  lease: Lease | undefined;
  #version = 0;

  /** A connection to it, that can be away. */
  link(): Link {
    const link: Link = { isAway: false, client: undefined as never };
    const over = <T>(answer: () => T): Promise<T> =>
      new Promise((resolve) => {
        if (link.isAway) throw new Error('away');
        resolve(answer());
      });
    const client = {
      discovery: { learn: () => undefined },
      get: () => over(() => structuredClone(this.lease)),
      create: (lease: Lease) => over(() => this.#write(lease, this.lease === undefined ? undefined : 409)),
      update: (lease: Lease) => over(() => this.#write(lease, this.#objection(lease))),
    };
    return Object.assign(link, { client });
  }

  #objection({ metadata }: Lease): number | undefined {
    if (this.lease === undefined) return 404;
    return metadata.resourceVersion === this.lease.metadata.resourceVersion ? undefined : 409;
  }

  #write(lease: Lease, status: number | undefined): Lease {
    if (status !== undefined) throw new ApiError({ status, reason: 'No', message: 'no', path: 'lease' });
    const metadata = { ...lease.metadata, resourceVersion: String(++this.#version) };
    this.lease = { ...structuredClone(lease), metadata };
    return structuredClone(this.lease);
  }
}

interface Link {
  isAway: boolean;
  client: KubeClient;
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
    const { client } = new LeaseServer().link();
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
    const { election, terms } = candidateOf(clock, new LeaseServer().link().client, 'a');
    election.start();
    await clock.advance(10 * durationMs);
    expect(terms.map(({ lost }) => lost.aborted)).toEqual([false]);
    await election.stop();
  });

  it('is stuck while what it began does not end after the lease was lost, and leads again only then', async () => {
    const clock = new ManualClock();
    const link = new LeaseServer().link();
    const begun = Promise.withResolvers<undefined>();
    const { election, terms } = candidateOf(clock, link.client, 'a', begun.promise);
    election.start();
    await clock.advance(0);
    link.isAway = true;
    await clock.advance(deadlineMs + 4_000);
    expect(election.isStuck).toBe(false);
    link.isAway = false;
    await clock.advance(60_000);
    expect([election.isStuck, terms.length]).toEqual([true, 1]);
    begun.resolve(undefined);
    await clock.advance(durationMs);
    expect([election.isStuck, terms.length, election.isLeading]).toEqual([false, 2, true]);
  });
});

describe('a lease that is deleted', () => {
  it('never makes two leaders, and is made again by one of them', async () => {
    const clock = new ManualClock();
    const server = new LeaseServer();
    const candidates = ['a', 'b', 'c'].map((identity) => candidateOf(clock, server.link().client, identity));
    const leading = (): number => candidates.filter(({ election }) => election.isLeading).length;
    for (const { election } of candidates) {
      election.start();
      await clock.advance(300);
    }
    // At every moment between two renewals.
    for (let round = 0; round < 10; round++) {
      await clock.advance(durationMs + round * (LEASE_TIMES.renewMs / 10));
      server.lease = undefined;
      for (let ms = 0; ms < durationMs; ms += 50) {
        await clock.advance(50);
        expect(leading()).toBeLessThan(2);
      }
      expect(leading()).toBe(1);
    }
  });

  it('is left to a holder that was seen until its time is over, also when that one cannot know', async () => {
    const clock = new ManualClock();
    const server = new LeaseServer();
    const link = server.link();
    const holder = candidateOf(clock, link.client, 'a');
    const other = candidateOf(clock, server.link().client, 'b');
    holder.election.start();
    await clock.advance(0);
    other.election.start();
    await clock.advance(durationMs);
    link.isAway = true;
    server.lease = undefined;
    for (let ms = 0; ms < durationMs; ms += 50) {
      await clock.advance(50);
      expect(holder.election.isLeading && other.election.isLeading).toBe(false);
    }
    await clock.advance(2_000);
    expect(other.election.isLeading).toBe(true);
  });
});
