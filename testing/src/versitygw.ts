import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { cachedProgram } from './cached-program.ts';
import { freePort } from './free-port.ts';
import { startHostProcess } from './host-process.ts';
import type { HostProcess } from './host-process.ts';
import { makeScratch } from './scratch.ts';
import { testCertificates } from './test-certificates.ts';
import { until } from './until.ts';

/** What a client of S3 signs with. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface RunningS3 {
  /** `https://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** PEM of the authority of its certificate. */
  readonly ca: string;
  /** Of the user that may do everything. */
  readonly credentials: S3Credentials;
  /** What another server on the same port needs, to stand in its place. */
  readonly certificates: { readonly certificate: string; readonly key: string };
  /** Ends it at once and starts it again on the same data, with these credentials and no others. */
  restart(credentials: S3Credentials): Promise<void>;
  /** SIGSTOP, SIGCONT. */
  signal(name: NodeJS.Signals): void;
  /** Ends it at once; `restart` starts it again. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

const REGION = 'us-east-1';

/** A versitygw with TLS on loopback: buckets are folders of its scratch folder. */
export async function startS3(): Promise<RunningS3> {
  const program = cachedProgram('versitygw/versitygw', 'testing/versitygw/build.sh');
  const [scratch, port, { ca, certificate, key }] = [
    await makeScratch(),
    await freePort(),
    await testCertificates(),
  ];
  const [sidecar, files] = [
    join(scratch, 'metadata'),
    { cert: join(scratch, 'crt'), key: join(scratch, 'key') },
  ];
  await mkdir(sidecar);
  await writeFile(files.cert, certificate);
  await writeFile(files.key, key, { mode: 0o600 });
  const address = `127.0.0.1:${String(port)}`;
  const url = `https://${address}`;
  const general = ['--port', address, '--region', REGION, '--health', '/health', '--quiet', '--keep-alive'];
  const flags = [...general, '--cert', files.cert, '--key', files.key];
  const command = [...flags, 'posix', '--sidecar', sidecar, join(scratch, 'data')];
  const start = async (credentials: S3Credentials): Promise<HostProcess> => {
    const started = await startHostProcess(program, command, {
      ROOT_ACCESS_KEY: credentials.accessKeyId,
      ROOT_SECRET_KEY: credentials.secretAccessKey,
    });
    await until(() => isHealthy(url, ca), {
      what: 'versitygw to answer',
      hopeless: () => (started.isRunning() ? undefined : started.output()),
    });
    return started;
  };
  const credentials = newCredentials();
  let server = await start(credentials);
  return {
    ...{ url, port, ca, credentials, certificates: { certificate, key } },
    async restart(next): Promise<void> {
      await server.kill();
      server = await start(next);
    },
    signal: (name) => {
      server.signal(name);
    },
    kill: () => server.kill(),
    async stop(): Promise<void> {
      await server.kill();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

export function newCredentials(): S3Credentials {
  return {
    accessKeyId: `AK${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString('hex'),
  };
}

async function isHealthy(url: string, ca: string): Promise<boolean> {
  const dispatcher = new Agent({ connect: { ca } });
  try {
    const { statusCode, body } = await request(`${url}/health`, { dispatcher });
    await body.dump();
    return statusCode === 200;
  } finally {
    await dispatcher.close();
  }
}
