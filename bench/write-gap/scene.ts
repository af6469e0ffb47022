import { until, type RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import { z } from 'zod';
import { startMemberSet } from '../../operator/src/engines/mongodb/fixtures/member-set.ts';
import { withMember } from '../../operator/src/engines/mongodb/member.ts';
import { REPLICA_SET } from '../../operator/src/engines/mongodb/replica-set.ts';
import { describe } from '../../operator/src/runtime/errors.ts';

/** The service that books. */
export const BOOKINGS = { service: 'bookings', password: 'bookings-password' };

/** A replica set of three as the operator makes it, and one of its clients. */
export interface Scene {
  client: MongoClient;
  /** Resolves to the primary, once it is there and every member follows it. */
  primary(): Promise<RunningMongod>;
  /** What each member says of itself, for people. */
  state(): Promise<string>;
  stop(): Promise<void>;
}

const positionSchema = z.object({
  isWritablePrimary: z.boolean(),
  secondary: z.boolean(),
  lastWrite: z.object({ opTime: z.object({ t: z.coerce.number() }) }),
});

const standingSchema = z.object({
  members: z.array(
    z.object({ self: z.boolean().optional(), stateStr: z.string(), infoMessage: z.string().optional() }),
  ),
});

/** What a member says of itself. */
type Position = z.infer<typeof positionSchema>;

export async function startScene(): Promise<Scene> {
  const { members, addresses, access, settled, stop } = await startMemberSet([BOOKINGS]);
  const positionOf = (address: string): Promise<Position> =>
    withMember(address, access, async (member) =>
      positionSchema.parse(await member.db('admin').command({ hello: 1 })),
    );
  const state = async (): Promise<string> => {
    const told = addresses.map((address) =>
      withMember(address, access, standingOf).then(
        (standing) => `${address} ${standing}`,
        (error: unknown) => `${address} ${describe(error)}`,
      ),
    );
    return (await Promise.all(told)).join('; ');
  };
  // A former primary comes back as a secondary before it finds that it has to roll back. A write of the present term is on the way of all.
  const following = (): Promise<true> =>
    until(
      async () => {
        const positions = await Promise.all(addresses.map(positionOf));
        const terms = positions.map(({ lastWrite }) => lastWrite.opTime.t);
        const term = terms[positions.findIndex(({ isWritablePrimary }) => isWritablePrimary)];
        return positions.every(isUp) && terms.every((each) => each === term);
      },
      {
        what: 'every member to follow the primary',
        deadlineMs: 120_000,
        everyMs: 250,
        hopeless: () => members.map((member) => member.ended()).find((words) => words !== undefined),
      },
    );
  await settled();
  const { service, password } = BOOKINGS;
  const client = new MongoClient(`mongodb://${addresses.join(',')}/${service}`, {
    replicaSet: REPLICA_SET,
    tls: true,
    ca: access.ca,
    auth: { username: service, password },
    authSource: service,
    // As the services connect (services/kit/src/mongo/open.ts).
    retryWrites: true,
    waitQueueTimeoutMS: 5_000,
    serverSelectionTimeoutMS: 5_000,
    connectTimeoutMS: 5_000,
    socketTimeoutMS: 30_000,
  });
  return {
    client,
    primary: async () => {
      await following().catch(async (error: unknown) => {
        throw new Error(`${describe(error)}: ${await state()}`, { cause: error });
      });
      const { view } = await settled();
      await Promise.all(addresses.map((address) => withMember(address, access, checkpoint)));
      const found = members[addresses.indexOf(view?.primary ?? '')];
      if (found === undefined) throw new Error('the set has no primary');
      return found;
    },
    state,
    stop: async () => {
      await client.close();
      await stop();
    },
  };
}

/**
 * The kills follow each other faster than the server's checkpoints (one a minute), and a member without one rolls everything back since
 * the set was made: over a minute after thirty kills, in which it is ROLLBACK. In a clinic the minutes between two kills do this.
 */
async function checkpoint(member: MongoClient): Promise<void> {
  await member.db('admin').command({ fsync: 1 });
}

async function standingOf(member: MongoClient): Promise<string> {
  const told = await member.db('admin').command({ replSetGetStatus: 1 });
  const own = standingSchema.parse(told).members.find(({ self }) => self === true);
  return [own?.stateStr, own?.infoMessage].filter((text) => text !== undefined && text !== '').join(': ');
}

function isUp({ isWritablePrimary, secondary }: Position): boolean {
  return isWritablePrimary || secondary;
}
