import { startMongod, type MongodOptions, type RunningMongod } from './mongod.ts';

export interface RunningMembers {
  readonly members: readonly RunningMongod[];
  /** `127.0.0.1:port` of each. */
  readonly addresses: readonly string[];
  readonly stop: () => Promise<void>;
}

/** Processes for a replica set, with TLS and one keyfile. Nobody has initiated it. */
export async function startMembers(
  count: number,
  more: Pick<MongodOptions, 'oplogSizeMB'> = {},
): Promise<RunningMembers> {
  const members: RunningMongod[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.stop()));
  };
  try {
    for (let index = 0; index < count; index++) {
      const [beside] = members;
      const shared = beside === undefined ? {} : { beside };
      members.push(await startMongod({ tls: true, auth: true, initiate: false, ...shared, ...more }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { members, addresses: members.map(({ port }) => `127.0.0.1:${port}`), stop };
}
