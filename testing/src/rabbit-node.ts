import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { startEngine, type EngineProcess } from './engine-process.ts';
import { freePort } from './free-port.ts';
import type { TestCertificates } from './test-certificates.ts';
import { until } from './until.ts';

/** The administrator of every test broker. */
export const ADMIN = { username: 'careplane_operator', password: 'test-only-password' } as const;
/** Erlang's start on a busy machine of two cores. */
const START_DEADLINE_MS = 120_000;

export interface RabbitPorts {
  amqp: number;
  management: number;
  distribution: number;
  epmd: number;
}

/** One node, as it is started on a folder of {@link makeScratch}. */
export interface RabbitNode {
  rootfs: string;
  scratch: string;
  ports: RabbitPorts;
  /** Erlang's name of it. */
  name: string;
  certificates: TestCertificates | undefined;
  /** More of the environment, and other than ours. */
  env?: Readonly<Record<string, string>>;
}

export async function rabbitPorts(): Promise<RabbitPorts> {
  return {
    amqp: await freePort(),
    management: await freePort(),
    distribution: await freePort(),
    epmd: await freePort(),
  };
}

/** Management API of a node, without credentials and without a trailing slash. */
export function managementUrlOf({ ports, certificates }: Pick<RabbitNode, 'ports' | 'certificates'>): string {
  return `${certificates === undefined ? 'http' : 'https'}://localhost:${ports.management}`;
}

/** Nodes that boot at the same moment may find each other half booted, and end: as the kubelet, start them again. */
const BOOTS = 5;

/**
 * Starts a node whose configuration is written, and waits until it serves. One whose boot fails is started again.
 * @param began gets its process before that: who ends the node meanwhile ends this one
 */
export async function startRabbitNode(
  node: RabbitNode,
  began: (engine: EngineProcess) => void,
): Promise<void> {
  for (let boots = 1; ; boots += 1) {
    const engine = await boot(node);
    began(engine);
    try {
      await untilItServes(node, engine);
      return;
    } catch (error) {
      await engine.kill();
      const hasFailed = (engine.exitCode() ?? 0) !== 0;
      if (!hasFailed || boots >= BOOTS) throw error;
    }
  }
}

function boot(node: RabbitNode): Promise<EngineProcess> {
  const { rootfs, scratch } = node;
  const command = ['/usr/lib/rabbitmq/bin/rabbitmq-server'];
  return startEngine({ rootfs, scratch, command, env: environment(node) });
}

/** Environment of a node and of the commands that are run beside it. */
export function environment({ ports, name, env }: RabbitNode): Record<string, string> {
  return {
    HOME: '/tmp',
    // Erlang takes the place of the start script, as in the official image.
    RUNNING_UNDER_SYSTEMD: 'true',
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: name,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: '/tmp/data/mnesia',
    RABBITMQ_LOG_BASE: '/tmp/data/log',
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: '/tmp/rabbitmq.conf',
    RABBITMQ_ADVANCED_CONFIG_FILE: '/tmp/advanced.config',
    RABBITMQ_ENABLED_PLUGINS_FILE: '/tmp/enabled_plugins',
    RABBITMQ_FEATURE_FLAGS_DIR: '/tmp/data',
    // Renewed certificates are read after a second, and not after two minutes.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-ssl ssl_pem_cache_clean 1000',
    ...env,
  };
}

/** Writes the files of a node; `more` are further lines of its rabbitmq.conf. */
export async function writeRabbitConfiguration(
  { scratch, ports, certificates: tls }: RabbitNode,
  more: readonly string[] = [],
): Promise<void> {
  const lines = [
    `default_user = ${ADMIN.username}`,
    `default_pass = ${ADMIN.password}`,
    'loopback_users = none',
    'log.console = true',
    'log.console.level = warning',
    ...(more.some((line) => line.startsWith('disk_free_limit')) ? [] : ['disk_free_limit.absolute = 50MB']),
    ...more,
  ];
  if (tls === undefined) {
    lines.push(`listeners.tcp.1 = 127.0.0.1:${ports.amqp}`);
    lines.push('management.tcp.ip = 127.0.0.1', `management.tcp.port = ${ports.management}`);
  } else {
    await writeFile(join(scratch, 'ca.crt'), tls.ca);
    await writeFile(join(scratch, 'tls.crt'), tls.certificate);
    await writeFile(join(scratch, 'tls.key'), tls.key);
    const files = ['cacertfile = /tmp/ca.crt', 'certfile = /tmp/tls.crt', 'keyfile = /tmp/tls.key'];
    lines.push('listeners.tcp = none', `listeners.ssl.1 = 127.0.0.1:${ports.amqp}`);
    lines.push(...files.map((file) => `ssl_options.${file}`), 'ssl_options.verify = verify_none');
    lines.push('management.ssl.ip = 127.0.0.1', `management.ssl.port = ${ports.management}`);
    lines.push(...files.map((file) => `management.ssl.${file}`));
  }
  await writeFile(join(scratch, 'rabbitmq.conf'), lines.join('\n') + '\n');
  // Queues tell their depth each second, as the operator sets it up, and not every five.
  await writeFile(join(scratch, 'advanced.config'), '[{rabbit, [{quorum_tick_interval, 1000}]}].\n');
  await writeFile(join(scratch, 'enabled_plugins'), '[rabbitmq_management].\n');
}

/** The plugins, and the management API with them, are up before the port for clients is opened. */
async function untilItServes(node: RabbitNode, engine: EngineProcess): Promise<void> {
  const { ports, certificates } = node;
  const agent = new Agent({ connect: certificates === undefined ? {} : { ca: certificates.ca } });
  const authorization = 'Basic ' + Buffer.from(`${ADMIN.username}:${ADMIN.password}`).toString('base64');
  const answers = async (): Promise<boolean> => {
    const answer = await request(`${managementUrlOf(node)}/api/vhosts`, {
      dispatcher: agent,
      headers: { authorization },
      headersTimeout: 2_000,
    });
    await answer.body.dump();
    // A test may have given the administrator another password.
    return [200, 401].includes(answer.statusCode) && isOpen(ports.amqp);
  };
  const deadlineMs = START_DEADLINE_MS;
  try {
    await until(answers, { what: 'rabbitmq to answer', deadlineMs, everyMs: 250, hopeless: engine.ended });
  } finally {
    await agent.destroy();
  }
}

/** @throws Error when nobody listens there */
async function isOpen(port: number): Promise<true> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
