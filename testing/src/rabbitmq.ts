import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { engineRootfs } from './engine-rootfs.ts';
import { startEngine, type EngineProcess } from './engine-process.ts';
import { freePort } from './free-port.ts';
import { makeScratch } from './scratch.ts';
import { testCertificates, type TestCertificates } from './test-certificates.ts';
import { until } from './until.ts';

export interface RabbitOptions {
  /** amqps and https only. */
  tls?: boolean;
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
  /** SIGKILL, data kept. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same data and ports. */
  readonly restart: () => Promise<void>;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
}

const ADMIN = { username: 'careplane-operator', password: 'test-only-password' } as const;
/** Erlang's start on a busy machine of two cores. */
const START_DEADLINE_MS = 120_000;

interface Ports {
  amqp: number;
  management: number;
  distribution: number;
  epmd: number;
}

/** The image's RabbitMQ with the management plugin, on ephemeral ports of 127.0.0.1. */
export async function startRabbit(options: RabbitOptions = {}): Promise<RunningRabbit> {
  const rootfs = await engineRootfs('rabbitmq');
  const scratch = await makeScratch();
  const ports: Ports = {
    amqp: await freePort(),
    management: await freePort(),
    distribution: await freePort(),
    epmd: await freePort(),
  };
  const certificates = options.tls === true ? await testCertificates() : undefined;
  await writeConfiguration(scratch, ports, certificates);
  const managementUrl = `${certificates === undefined ? 'http' : 'https'}://localhost:${ports.management}`;
  const start = async (): Promise<EngineProcess> => {
    const started = await startEngine({
      rootfs,
      scratch,
      command: ['/usr/lib/rabbitmq/bin/rabbitmq-server'],
      env: environment(ports),
    });
    await untilItServes({ managementUrl, amqp: ports.amqp, certificates }, started).catch(
      async (error: unknown) => {
        await started.kill();
        throw error;
      },
    );
    return started;
  };
  let engine = await start().catch(async (error: unknown) => {
    await rm(scratch, { recursive: true, force: true });
    throw error;
  });
  const scheme = certificates === undefined ? 'amqp' : 'amqps';
  return {
    uri: `${scheme}://${ADMIN.username}:${ADMIN.password}@localhost:${ports.amqp}`,
    host: 'localhost',
    port: ports.amqp,
    managementUrl,
    ...ADMIN,
    certificates,
    tlsFolder: certificates === undefined ? undefined : scratch,
    kill: () => engine.kill(),
    restart: async () => {
      engine = await start();
    },
    stop: async () => {
      await engine.kill();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

function environment(ports: Ports): Record<string, string> {
  return {
    HOME: '/tmp/data',
    LANG: 'C.UTF-8',
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: 'rabbit@localhost',
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
  };
}

async function writeConfiguration(
  scratch: string,
  ports: Ports,
  tls: TestCertificates | undefined,
): Promise<void> {
  const lines = [
    `default_user = ${ADMIN.username}`,
    `default_pass = ${ADMIN.password}`,
    'loopback_users = none',
    'log.console = true',
    'log.console.level = warning',
    'disk_free_limit.absolute = 50MB',
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

interface Doors {
  managementUrl: string;
  amqp: number;
  certificates: TestCertificates | undefined;
}

/** The plugins, and the management API with them, are up before the port for clients is opened. */
async function untilItServes(
  { managementUrl, amqp, certificates }: Doors,
  engine: EngineProcess,
): Promise<void> {
  const agent = new Agent({ connect: certificates === undefined ? {} : { ca: certificates.ca } });
  const authorization = 'Basic ' + Buffer.from(`${ADMIN.username}:${ADMIN.password}`).toString('base64');
  const answers = async (): Promise<boolean> => {
    const answer = await request(`${managementUrl}/api/vhosts`, {
      dispatcher: agent,
      headers: { authorization },
      headersTimeout: 2_000,
    });
    await answer.body.dump();
    return answer.statusCode === 200 && isOpen(amqp);
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
