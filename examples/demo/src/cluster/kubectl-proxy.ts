import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Agent, errors, request } from 'undici';

/** An answer of the cluster's API other than 200. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly status: number;

  constructor(path: string, status: number) {
    super(`the cluster answered ${status} to ${path}`);
    this.status = status;
  }
}

/** The cluster's API, with the permissions of the kubeconfig. */
export interface Cluster {
  /** GETs a path and returns the answer's text. @throws ClusterError */
  get(path: string): Promise<string>;
  /** GETs a path of a service that lets nobody in from outside: asks within its pod, as the service itself. */
  ask(namespace: string, service: string, path: string): Promise<string>;
  close(): Promise<void>;
}

const START_DEADLINE_MS = 10_000;
const CALL_TIMEOUT_MS = 5_000;

/** Runs in a service's container: a GET to its own port with its own certificate; prints the body. */
const ASK = `
  const { readFileSync } = require('node:fs');
  const file = (name) => readFileSync('/bindings/internal/' + name);
  const { CAREPLANE_SERVICE, CAREPLANE_NAMESPACE, PORT = '8080' } = process.env;
  const servername = CAREPLANE_SERVICE + '.' + CAREPLANE_NAMESPACE + '.svc';
  const options = { host: '127.0.0.1', port: PORT, path: process.argv[1], servername, timeout: 5000,
    ca: file('ca.crt'), cert: file('tls.crt'), key: file('tls.key') };
  require('node:https').get(options, (answer) => {
    process.exitCode = answer.statusCode === 200 ? 0 : 1;
    answer.pipe(process.stdout);
  }).on('timeout', function () { this.destroy(new Error('no answer')); });`;

/** Sends one request; an answer that does not come in time counts as 504. */
async function fetchText(agent: Agent, path: string): Promise<{ status: number; text: string }> {
  try {
    const answer = await request(`http://localhost${path}`, { dispatcher: agent });
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch (error) {
    if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
      return { status: 504, text: '' };
    }
    throw error;
  }
}

/**
 * Opens one `kubectl proxy` for the whole run: a kubectl per call would cost a tenth of a second of CPU each. It
 * listens on a socket in a private folder, because on a port every user of the machine could act as the cluster's
 * admin.
 * @param callTimeoutMs timeout for the start of an answer, and for each part of it
 */
export async function openCluster(
  kubeconfig: string | undefined,
  callTimeoutMs = CALL_TIMEOUT_MS,
): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'careplane-demo-'));
  const socket = join(folder, 'kubectl.sock');
  const flags = kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig];
  const child = spawn('kubectl', [...flags, 'proxy', `--unix-socket=${socket}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // It says so when it listens; its socket's file is there a moment before.
  const serving = once(child.stdout, 'data').then(() => undefined);
  child.stdout.resume();
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const failed = once(child, 'exit').then(
    () => complaint.trim(),
    (error: unknown) => (Error.isError(error) ? error.message : 'kubectl cannot be started'),
  );
  const agent = new Agent({
    connect: { socketPath: socket },
    headersTimeout: callTimeoutMs,
    bodyTimeout: callTimeoutMs,
  });
  const close = async (): Promise<void> => {
    await agent.destroy();
    child.kill();
    await failed;
    await rm(folder, { recursive: true, force: true });
  };
  const late = delay(START_DEADLINE_MS, 'it does not serve in time', { ref: false });
  const why = await Promise.race([serving, failed, late]);
  if (why !== undefined) {
    await close();
    throw new Error(`kubectl proxy does not run: ${why}`);
  }
  return {
    async ask(namespace, service, path): Promise<string> {
      const command = ['exec', '-n', namespace, `deployment/${service}`, '--', 'node', '-e', ASK, path];
      return (await promisify(execFile)('kubectl', [...flags, ...command])).stdout;
    },
    async get(path): Promise<string> {
      const { status, text } = await fetchText(agent, path);
      if (status !== 200) throw new ClusterError(path, status);
      return text;
    },
    close,
  };
}
