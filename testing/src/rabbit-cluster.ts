import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runInEngine, startEngine, type CommandResult, type EngineProcess } from './engine-process.ts';
import { engineRootfs } from './engine-rootfs.ts';
import { freePort } from './free-port.ts';
import {
  ADMIN,
  environment,
  managementUrlOf,
  rabbitPorts,
  startRabbitNode,
  writeRabbitConfiguration,
  type RabbitNode,
} from './rabbit-node.ts';
import { makeScratch } from './scratch.ts';

export interface ClusterMember {
  /** Erlang's name of it. */
  readonly name: string;
  readonly managementUrl: string;
  /** Port for clients. */
  readonly port: number;
  /** What the member sees as its /tmp. */
  readonly folder: string;
  /** SIGKILL, data kept. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same data and ports. */
  readonly restart: () => Promise<void>;
  /** Runs a command of the image beside the member, with its environment. */
  readonly run: (command: readonly string[], env?: Record<string, string>) => Promise<CommandResult>;
}

export interface RunningRabbitCluster {
  readonly members: readonly ClusterMember[];
  readonly username: string;
  readonly password: string;
  readonly stop: () => Promise<void>;
}

export interface ClusterOptions {
  /** Lines of rabbitmq.conf for the members of these names; by itself they find each other. */
  config?: (names: readonly string[]) => readonly string[];
}

/** `size` nodes of the image's RabbitMQ on 127.0.0.1, which find each other by one epmd. */
export async function startRabbitCluster(
  size: number,
  options: ClusterOptions = {},
): Promise<RunningRabbitCluster> {
  const rootfs = await engineRootfs('rabbitmq');
  const epmdPort = await freePort();
  const names = Array.from({ length: size }, (_, index) => `rabbit-${index}@localhost`);
  const folders = await Promise.all([...names, 'epmd'].map(() => makeScratch()));
  const command = ['epmd', '-port', String(epmdPort), '-address', '127.0.0.1'];
  // epmd ends with the namespace of whoever started it: it is no member's.
  const epmd = await startEngine({ rootfs, scratch: folders.at(-1) ?? '', command });
  const engines = new Map<string, EngineProcess>();
  const stop = async (): Promise<void> => {
    await Promise.all([...engines.values(), epmd].map((engine) => engine.kill()));
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  };
  const member = async (name: string, index: number): Promise<ClusterMember> => {
    const scratch = folders[index] ?? '';
    const ports = { ...(await rabbitPorts()), epmd: epmdPort };
    const node: RabbitNode = { rootfs, scratch, ports, name, certificates: undefined };
    await writeRabbitConfiguration(node, (options.config ?? formation)(names));
    await writeFile(join(scratch, '.erlang.cookie'), 'test-only-cookie');
    const start = async (): Promise<void> => {
      engines.set(name, await startRabbitNode(node));
    };
    return {
      name,
      managementUrl: managementUrlOf(node),
      port: ports.amqp,
      folder: scratch,
      kill: async () => engines.get(name)?.kill(),
      restart: start,
      run: (command, env) => runInEngine({ rootfs, scratch, command, env: { ...environment(node), ...env } }),
    };
  };
  try {
    const members = await Promise.all(names.map(member));
    await Promise.all(members.map((one) => one.restart()));
    return { members, ...ADMIN, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** How nodes of these names become one cluster. */
function formation(names: readonly string[]): string[] {
  return [
    'cluster_formation.peer_discovery_backend = classic_config',
    ...names.map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}`),
    'cluster_partition_handling = pause_minority',
  ];
}
