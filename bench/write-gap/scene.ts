import { startMembers, until, type RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import {
  convergeReplicaSet,
  type ReplicaSetReport,
  type WantedReplicaSet,
} from '../../operator/src/engines/mongodb/converge.ts';
import { REPLICA_SET } from '../../operator/src/engines/mongodb/replica-set.ts';

/** The service that books. */
export const BOOKINGS = { service: 'bookings', password: 'bookings-password' };

/** A replica set of three as the operator makes it, and one of its clients. */
export interface Scene {
  client: MongoClient;
  /** Resolves to the primary, once it is there and all members are up. */
  primary(): Promise<RunningMongod>;
  stop(): Promise<void>;
}

export async function startScene(): Promise<Scene> {
  const { members, addresses, stop } = await startMembers(3);
  const [first] = members;
  const access = { ca: first?.certificates?.ca ?? '', keyfile: first?.keyfile ?? '' };
  const wanted: WantedReplicaSet = {
    members: addresses,
    reachable: addresses,
    users: [BOOKINGS],
    grace: { noted: [], wanted: [], now: Date.now(), graceMs: 0 },
  };
  const settled = (): Promise<ReplicaSetReport> =>
    until(
      async () => {
        const report = await convergeReplicaSet(wanted, access);
        return !report.isMoving && report.view?.healthy.length === addresses.length && report;
      },
      { what: 'all members to be up', deadlineMs: 120_000, everyMs: 250 },
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
      const { view } = await settled();
      const found = members[addresses.indexOf(view?.primary ?? '')];
      if (found === undefined) throw new Error('the set has no primary');
      return found;
    },
    stop: async () => {
      await client.close();
      await stop();
    },
  };
}
