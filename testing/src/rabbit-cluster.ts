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
import { until } from './until.ts';

export interface ClusterMember {
  /** Erlang's name of it. */
  readonly name: string;
  readonly managementUrl: string;
  /** Port for clients. */
  readonly port: number;
  /** Port at which it talks to the others. */
  readonly distributionPort: number;
  /** What the member sees as its /tmp. */
  readonly folder: string;
  /** Its last words when it has ended, `undefined` while it runs. */
  readonly ended: () => string | undefined;
  /** SIGKILL, data kept. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; resolves when it has stopped. */
  readonly terminate: () => Promise<void>;
  /** A signal to the member's own process. */
  readonly signal: (signal: NodeJS.Signals) => Promise<void>;
  /** Starts it again on the same data and ports; with another environment, when one is given. */
  readonly restart: (env?: Readonly<Record<string, string>>) => Promise<void>;
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
  /** Further lines of rabbitmq.conf. */
  config?: readonly string[];
  /** Files that each member sees in its /tmp, by name. */
  files?: Readonly<Record<string, string>>;
  /** More of the environment of each member, and other than ours. */
  env?: Readonly<Record<string, string>>;
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
    const node: RabbitNode = {
      rootfs,
      scratch,
      ports,
      name,
      certificates: undefined,
      env: options.env ?? {},
    };
    await writeRabbitConfiguration(node, [...formation(names), ...(options.config ?? [])]);
    const files = { '.erlang.cookie': 'test-only-cookie', ...options.files };
    for (const [file, text] of Object.entries(files)) await writeFile(join(scratch, file), text);
    return {
      name,
      managementUrl: managementUrlOf(node),
      port: ports.amqp,
      distributionPort: ports.distribution,
      folder: scratch,
      ended: () => engines.get(name)?.ended(),
      kill: async () => engines.get(name)?.kill(),
      terminate: async () => {
        const engine = engines.get(name);
        await engine?.signal('SIGTERM');
        await until(() => Promise.resolve(engine?.ended()), { what: `${name} to stop`, deadlineMs: 60_000 });
      },
      signal: async (signal) => engines.get(name)?.signal(signal),
      restart: async (env) => {
        if (env !== undefined) node.env = env;
        await startRabbitNode(node, (engine) => engines.set(name, engine));
      },
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
