import { access, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { AUDIT_POLICY, readWrites, type AuditedWrite, type WriteFilter } from './audit-log.ts';
import { createClusterPki, type ClusterPki, type KeyPair } from './cluster-pki.ts';
import { freePort } from './free-port.ts';
import { startHostProcess, type HostProcess } from './host-process.ts';
import { kubeRequests, type KubeRequests } from './kube-requests.ts';
import { makeScratch } from './scratch.ts';
import { until } from './until.ts';

export interface ApiServerOptions {
  /** Also run kube-controller-manager: garbage collection, ServiceAccounts, Deployments (without nodes: no pods run). */
  withControllerManager?: boolean;
  /** Further flags of kube-controller-manager. */
  controllerManagerFlags?: readonly string[];
}

/** What kube-controller-manager makes first, in every namespace. */
const FIRST_OF_CONTROLLERS = '/api/v1/namespaces/default/serviceaccounts/default';

export interface RunningApiServer {
  readonly url: string;
  readonly port: number;
  /** PEM of the cluster's authority. */
  readonly ca: string;
  /** Kubeconfig of an administrator. */
  readonly kubeconfigPath: string;
  /** Requests as the administrator `test-admin`, user agent `careplane-test`. */
  readonly api: KubeRequests;
  /** Process ids of the parts that run, for measurements. */
  pids(): Record<string, number>;
  /** Writes a kubeconfig for a user, by default an administrator; `url` may lead through a proxy. */
  kubeconfigFor(user: string, options?: { groups?: readonly string[]; url?: string }): Promise<string>;
  /** Writes that reached the server since its first start. */
  writes(filter?: WriteFilter): Promise<AuditedWrite[]>;
  /** SIGKILL to the API server; etcd keeps running. */
  kill(): Promise<void>;
  /** Starts it again on the same port, after {@link kill} or instead of the running one. */
  restart(): Promise<void>;
  /** What etcd holds of an object, by its key below `/registry`; custom resources and CRDs are JSON there. */
  stored(key: string): Promise<string | undefined>;
  /** Has etcd forget all history, as its regular compaction does. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

/** Where `cluster/embedded/build.sh` puts what it builds. */
export function clusterBinaries(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return join(process.env['CAREPLANE_CACHE'] ?? join(cache, 'careplane'), 'bin');
}

/** A real etcd and kube-apiserver without nodes, on ephemeral loopback ports; they die with this process. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<RunningApiServer> {
  const binaries = clusterBinaries();
  await access(join(binaries, 'kube-apiserver')).catch((cause: unknown) => {
    throw new Error(`no kube-apiserver in ${binaries}: run cluster/embedded/build.sh kube`, { cause });
  });
  const plane = await ControlPlane.create(binaries);
  try {
    await plane.start(options.withControllerManager ?? false, options.controllerManagerFlags);
  } catch (error) {
    await plane.stop();
    throw error;
  }
  return plane;
}

class ControlPlane implements RunningApiServer {
  readonly url: string;
  readonly port: number;
  readonly ca: string;
  readonly kubeconfigPath: string;
  readonly api: KubeRequests;
  readonly #binaries: string;
  readonly #folder: string;
  readonly #pki: ClusterPki;
  readonly #etcdPort: number;
  readonly #admin: KeyPair;
  #etcd: HostProcess | undefined;
  #server: HostProcess | undefined;
  #controllers: HostProcess | undefined;
  #hasControllers = false;
  #controllerFlags: readonly string[] = [];

  private constructor(parts: {
    binaries: string;
    folder: string;
    pki: ClusterPki;
    admin: KeyPair;
    ports: { etcd: number; server: number };
  }) {
    this.#binaries = parts.binaries;
    this.#folder = parts.folder;
    this.#pki = parts.pki;
    this.#admin = parts.admin;
    this.#etcdPort = parts.ports.etcd;
    this.port = parts.ports.server;
    this.url = `https://127.0.0.1:${this.port}`;
    this.ca = parts.pki.ca;
    this.kubeconfigPath = join(parts.folder, 'admin.kubeconfig');
    this.api = kubeRequests(this.url, this.ca, parts.admin);
  }

  static async create(binaries: string): Promise<ControlPlane> {
    const folder = await makeScratch();
    const pki = await createClusterPki();
    const admin = await pki.issue({ commonName: 'test-admin', organizations: ['system:masters'] });
    const server = await pki.issue({
      commonName: 'kube-apiserver',
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default.svc'],
      ipAddresses: ['127.0.0.1'],
    });
    const files = {
      'ca.crt': pki.ca,
      'server.crt': server.certificate,
      'server.key': server.key,
      'sa.pub': pki.serviceAccounts.publicKey,
      'sa.key': pki.serviceAccounts.privateKey,
      'audit-policy.yaml': AUDIT_POLICY,
      'audit.log': '',
    };
    for (const [name, text] of Object.entries(files))
      await writeFile(join(folder, name), text, { mode: 0o600 });
    const ports = { etcd: await freePort(), server: await freePort() };
    return new ControlPlane({ binaries, folder, pki, admin, ports });
  }

  async start(withControllerManager: boolean, controllerFlags: readonly string[] = []): Promise<void> {
    await writeFile(this.kubeconfigPath, this.#kubeconfig(this.#admin, this.url), { mode: 0o600 });
    const peer = await freePort();
    this.#etcd = await startHostProcess(join(this.#binaries, 'etcd'), [
      `--data-dir=${join(this.#folder, 'data')}`,
      `--listen-client-urls=http://127.0.0.1:${this.#etcdPort}`,
      `--advertise-client-urls=http://127.0.0.1:${this.#etcdPort}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
      '--unsafe-no-fsync',
      '--log-level=error',
    ]);
    this.#hasControllers = withControllerManager;
    this.#controllerFlags = controllerFlags;
    await this.#startServer();
    if (withControllerManager) await this.#startControllers();
  }

  async kubeconfigFor(
    user: string,
    { groups = ['system:masters'], url = this.url }: { groups?: readonly string[]; url?: string } = {},
  ): Promise<string> {
    const pair = await this.#pki.issue({ commonName: user, organizations: groups });
    const path = join(this.#folder, `${user}-${new URL(url).port}.kubeconfig`);
    await writeFile(path, this.#kubeconfig(pair, url), { mode: 0o600 });
    return path;
  }

  pids(): Record<string, number> {
    const parts = { etcd: this.#etcd, apiserver: this.#server, 'controller-manager': this.#controllers };
    return Object.fromEntries(
      Object.entries(parts).flatMap(([name, part]) => (part?.isRunning() === true ? [[name, part.pid]] : [])),
    );
  }

  writes(filter?: WriteFilter): Promise<AuditedWrite[]> {
    return readWrites(join(this.#folder, 'audit.log'), filter);
  }

  async kill(): Promise<void> {
    await this.#server?.kill();
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.#startServer();
  }

  async stored(key: string): Promise<string | undefined> {
    const encoded = Buffer.from(`/registry/${key}`).toString('base64');
    const { kvs } = (await this.#etcdCall('/v3/kv/range', { key: encoded })) as { kvs?: { value: string }[] };
    const value = kvs?.[0]?.value;
    return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
  }

  async compact(): Promise<void> {
    const status = await this.#etcdCall('/v3/maintenance/status', {});
    const { header } = status as { header: { revision: string } };
    await this.#etcdCall('/v3/kv/compaction', { revision: header.revision, physical: true });
  }

  async stop(): Promise<void> {
    await this.api.close();
    for (const part of [this.#controllers, this.#server, this.#etcd]) await part?.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #startServer(): Promise<void> {
    const file = (name: string): string => join(this.#folder, name);
    const server = await startHostProcess(join(this.#binaries, 'kube-apiserver'), [
      `--etcd-servers=http://127.0.0.1:${this.#etcdPort}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${this.port}`,
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.0.0.0/16',
      '--authorization-mode=RBAC',
      `--client-ca-file=${file('ca.crt')}`,
      `--tls-cert-file=${file('server.crt')}`,
      `--tls-private-key-file=${file('server.key')}`,
      `--service-account-key-file=${file('sa.pub')}`,
      `--service-account-signing-key-file=${file('sa.key')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--cert-dir=${this.#folder}`,
      // History goes when a test says so, not after five minutes.
      '--etcd-compaction-interval=0',
      `--audit-policy-file=${file('audit-policy.yaml')}`,
      `--audit-log-path=${file('audit.log')}`,
      // Without a controller manager no namespace has its ServiceAccount.
      ...(this.#hasControllers ? [] : ['--disable-admission-plugins=ServiceAccount']),
    ]);
    this.#server = server;
    await until(
      async () => {
        if (!server.isRunning()) return true;
        return (await this.api.request('GET', '/readyz')).status === 200;
      },
      { what: 'the API server to be ready', deadlineMs: 120_000, everyMs: 100 },
    );
    if (!server.isRunning()) throw new Error(`kube-apiserver ended:\n${server.output()}`);
  }

  async #startControllers(): Promise<void> {
    const kubeconfig = await this.kubeconfigFor('system:kube-controller-manager', { groups: [] });
    const controllers = await startHostProcess(join(this.#binaries, 'kube-controller-manager'), [
      `--kubeconfig=${kubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${await freePort()}`,
      `--cert-dir=${this.#folder}`,
      '--use-service-account-credentials',
      `--service-account-private-key-file=${join(this.#folder, 'sa.key')}`,
      `--root-ca-file=${join(this.#folder, 'ca.crt')}`,
      '--leader-elect=false',
      ...this.#controllerFlags,
    ]);
    this.#controllers = controllers;
    await until(async () => (await this.api.request('GET', FIRST_OF_CONTROLLERS)).status === 200, {
      what: 'kube-controller-manager to be at work',
      deadlineMs: 120_000,
      everyMs: 100,
      hopeless: () => (controllers.isRunning() ? undefined : controllers.output()),
    });
  }

  async #etcdCall(path: string, body: unknown): Promise<unknown> {
    const agent = new Agent();
    try {
      const origin = `http://127.0.0.1:${this.#etcdPort}`;
      const answer = await agent.request({ origin, path, method: 'POST', body: JSON.stringify(body) });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`etcd ${path}: ${answer.statusCode} ${text}`);
      return JSON.parse(text) as unknown;
    } finally {
      await agent.destroy();
    }
  }

  #kubeconfig({ certificate, key }: KeyPair, url: string): string {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': base64(this.ca) } }],
      users: [
        {
          name: 'test',
          user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) },
        },
      ],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test',
    });
  }
}
