import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { readStaticContext } from './kubeconfig.ts';
import type { TlsOptions } from './tls-options.ts';

/** Where the API server is and how to prove who we are. */
export interface Credentials {
  /** `https://host:port`, without a path. */
  readonly server: string;
  readonly tls: TlsOptions;
  /** Value of the `Authorization` header; `undefined` with client certificates. */
  authorization(): Promise<string | undefined>;
  /** Forgets what is cached after a 401. */
  renew(): void;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** As client-go: a projected token is renewed by kubelet long before it ends, so a minute-old one is good. */
const TOKEN_AGE_MS = 60_000;

export interface InClusterOptions {
  clock: Clock;
  env: NodeJS.ProcessEnv;
  /** Folder with `ca.crt` and `token`; default the one kubelet mounts. */
  folder?: string;
}

/** Credentials of the pod's ServiceAccount; the token is read again as it rotates. */
export async function inClusterCredentials(options: InClusterOptions): Promise<Credentials> {
  const folder = options.folder ?? SERVICE_ACCOUNT;
  const host = options.env['KUBERNETES_SERVICE_HOST'];
  const port = options.env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === undefined)
    throw new Error('no kubeconfig is given and KUBERNETES_SERVICE_HOST is not set: not inside a cluster');
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    tls: { ca: await readFile(join(folder, 'ca.crt')) },
    ...rotatingToken(join(folder, 'token'), options.clock),
  };
}

/** The token of a file that is renewed from time to time. */
function rotatingToken(path: string, clock: Clock): Pick<Credentials, 'authorization' | 'renew'> {
  let cached: { header: string; readAt: number } | undefined;
  return {
    authorization: async () => {
      const now = clock.monotonic();
      if (cached === undefined || now - cached.readAt > TOKEN_AGE_MS) {
        const token = await readFile(path, 'utf8');
        cached = { header: `Bearer ${token.trim()}`, readAt: now };
      }
      return cached.header;
    },
    renew: () => {
      cached = undefined;
    },
  };
}

/** Credentials of the named context, or the current one, of a kubeconfig file. */
export async function kubeconfigCredentials(
  path: string,
  clock: Clock,
  contextName?: string,
): Promise<Credentials> {
  const context = await readStaticContext(path, contextName);
  if (context === undefined) return dynamicCredentials(path, contextName);
  const { server, tls, token, tokenFile } = context;
  if (tokenFile !== undefined) return { server, tls, ...rotatingToken(tokenFile, clock) };
  const header = token === undefined ? undefined : `Bearer ${token}`;
  return { server, tls, authorization: () => Promise.resolve(header), renew: () => undefined };
}

/** With whatever client-node understands: exec, OIDC, ... */
async function dynamicCredentials(path: string, contextName?: string): Promise<Credentials> {
  // Loaded only here: the package brings 80 MB of generated classes, for which few kubeconfigs have a use.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(path);
  if (contextName !== undefined) config.setCurrentContext(contextName);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error(`${path}: the current context names no cluster`);
  const options = await authenticate(config);
  const isStatic = options.headers === undefined || !('Authorization' in options.headers);
  return {
    server: cluster.server.replace(/\/+$/, ''),
    tls: tlsOf(options),
    authorization: async () => (isStatic ? undefined : authorizationOf(await authenticate(config))),
    renew: () => undefined,
  };
}

async function authenticate(config: {
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

function authorizationOf(options: RequestOptions): string | undefined {
  const headers = options.headers as Record<string, string> | undefined;
  return headers?.['Authorization'];
}

function tlsOf(options: RequestOptions): TlsOptions {
  const tls: TlsOptions = {};
  if (options.ca !== undefined) tls.ca = options.ca as Buffer;
  if (options.cert !== undefined) tls.cert = options.cert as Buffer;
  if (options.key !== undefined) tls.key = options.key as Buffer;
  if (options.servername !== undefined) tls.servername = options.servername;
  if (options.rejectUnauthorized !== undefined) tls.rejectUnauthorized = options.rejectUnauthorized;
  return tls;
}
