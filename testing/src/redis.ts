import { rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { engineRootfs } from './engine-rootfs.ts';
import { startEngine, type EngineProcess } from './engine-process.ts';
import { freePort } from './free-port.ts';
import { makeScratch } from './scratch.ts';
import { testCertificates, type TestCertificates } from './test-certificates.ts';
import { until } from './until.ts';

export interface RedisOptions {
  /** TLS only. */
  tls?: boolean;
  /** Lines of the ACL file; without it the default user may do anything without a password. */
  acl?: readonly string[];
}

export interface RunningRedis {
  /** `redis://` or `rediss://` without credentials. */
  readonly uri: string;
  readonly host: string;
  readonly port: number;
  /** Only with `tls`. */
  readonly certificates: TestCertificates | undefined;
  /** Folder of the certificate files on this machine, so that a test can renew them; only with `tls`. */
  readonly tlsFolder: string | undefined;
  /** SIGKILL, data kept. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same data and port. */
  readonly restart: () => Promise<void>;
  /** Ends it and removes its data. */
  readonly stop: () => Promise<void>;
}

/** The image's Redis with an append-only file, on an ephemeral port of 127.0.0.1. */
export async function startRedis(options: RedisOptions = {}): Promise<RunningRedis> {
  const rootfs = await engineRootfs('redis');
  const scratch = await makeScratch();
  const port = await freePort();
  const certificates = options.tls === true ? await testCertificates() : undefined;
  const command = ['redis-server', '--bind', '127.0.0.1', '--dir', '/tmp/data', '--appendonly', 'yes'];
  if (certificates === undefined) command.push('--port', String(port));
  else {
    await writeFile(join(scratch, 'ca.crt'), certificates.ca);
    await writeFile(join(scratch, 'tls.crt'), certificates.certificate);
    await writeFile(join(scratch, 'tls.key'), certificates.key);
    command.push('--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no');
    command.push(
      '--tls-cert-file',
      '/tmp/tls.crt',
      '--tls-key-file',
      '/tmp/tls.key',
      '--tls-ca-cert-file',
      '/tmp/ca.crt',
    );
  }
  if (options.acl !== undefined) {
    await writeFile(join(scratch, 'data', 'users.acl'), options.acl.join('\n') + '\n', { mode: 0o666 });
    command.push('--aclfile', '/tmp/data/users.acl');
  }
  let engine: EngineProcess | undefined;
  const start = async (): Promise<void> => {
    const started = await startEngine({ rootfs, scratch, command });
    // Who ends it before it answers ends this one.
    engine = started;
    await until(() => answers(port, certificates), {
      what: 'redis to answer',
      hopeless: started.ended,
    }).catch(async (error: unknown) => {
      await started.kill();
      throw error;
    });
  };
  await start().catch(async (error: unknown) => {
    await rm(scratch, { recursive: true, force: true });
    throw error;
  });
  return {
    uri: `${certificates === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    certificates,
    tlsFolder: certificates === undefined ? undefined : scratch,
    kill: async () => engine?.kill(),
    restart: start,
    stop: async () => {
      await engine?.kill();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** Any RESP answer to PING will do: `+PONG`, or `-NOAUTH`; `-LOADING` is none. */
function answers(port: number, tls: TestCertificates | undefined): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket: Socket =
      tls === undefined
        ? connectTcp(port, '127.0.0.1')
        : connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: tls.ca });
    socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(/^(\+PONG|-NOAUTH|-NOPERM)/.test(data.toString()));
    });
  });
}
