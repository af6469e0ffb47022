import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineProcess } from './engine-process.ts';
import { engineRootfs } from './engine-rootfs.ts';
import {
  ADMIN,
  managementUrlOf,
  rabbitPorts,
  startRabbitNode,
  writeRabbitConfiguration,
  type RabbitNode,
} from './rabbit-node.ts';
import { makeScratch } from './scratch.ts';
import { testCertificates, type TestCertificates } from './test-certificates.ts';

export interface RabbitOptions {
  /** amqps and https only. */
  tls?: boolean;
  /** Further lines of rabbitmq.conf. */
  config?: readonly string[];
  /** Files that the node sees in its /tmp, by name. */
  files?: Readonly<Record<string, string>>;
}

export interface RunningRabbit {
  /** `amqp://` or `amqps://` with the administrator's credentials, default vhost. */
  readonly uri: string;
  readonly host: string;
  readonly port: number;
  /** Management API, without credentials and without a trailing slash. */
  readonly managementUrl: string;
  readonly username: string;
  readonly password: string;
  /** Only with `tls`. */
  readonly certificates: TestCertificates | undefined;
  /** Folder of the certificate files on this machine, so that a test can renew them; only with `tls`. */
  readonly tlsFolder: string | undefined;
  /** What the node sees as its /tmp. */
  readonly folder: string;
  /** SIGKILL, data kept. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same data and ports. */
  readonly restart: () => Promise<void>;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
}

/** The image's RabbitMQ with the management plugin, on ephemeral ports of 127.0.0.1. */
export async function startRabbit(options: RabbitOptions = {}): Promise<RunningRabbit> {
  const certificates = options.tls === true ? await testCertificates() : undefined;
  const scratch = await makeScratch();
  const node: RabbitNode = {
    rootfs: await engineRootfs('rabbitmq'),
    scratch,
    ports: await rabbitPorts(),
    name: 'rabbit@localhost',
    certificates,
  };
  await writeRabbitConfiguration(node, options.config);
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(scratch, name), text);
  let engine: EngineProcess | undefined;
  const start = (): Promise<void> =>
    startRabbitNode(node, (began) => {
      engine = began;
    });
  await start().catch(async (error: unknown) => {
    await rm(scratch, { recursive: true, force: true });
    throw error;
  });
  const scheme = certificates === undefined ? 'amqp' : 'amqps';
  return {
    uri: `${scheme}://${ADMIN.username}:${ADMIN.password}@localhost:${node.ports.amqp}`,
    host: 'localhost',
    port: node.ports.amqp,
    managementUrl: managementUrlOf(node),
    ...ADMIN,
    certificates,
    folder: scratch,
    tlsFolder: certificates === undefined ? undefined : scratch,
    kill: async () => engine?.kill(),
    restart: start,
    stop: async () => {
      await engine?.kill();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}
