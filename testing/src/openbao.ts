import { readFile, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { cachedProgram } from './cached-program.ts';
import { freePort } from './free-port.ts';
import { startHostProcess } from './host-process.ts';
import { makeScratch } from './scratch.ts';
import { until } from './until.ts';

/** As testing/openbao/build.sh has it. */
const VERSION = '2.7.2';
const ROOT_TOKEN = 'root';

export interface RunningOpenBao {
  /** `https://127.0.0.1:<port>`. */
  readonly url: string;
  /** PEM of the authority of its certificate. */
  readonly ca: string;
  /** A token that may do everything. */
  readonly rootToken: string;
  /** Calls the API with the root token. @returns the answer's JSON, if it has any @throws on any status but 2xx */
  call(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  /** SIGSTOP, SIGCONT. */
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** An OpenBao with TLS on loopback, unsealed, its data in memory (its development mode). */
export async function startOpenBao(): Promise<RunningOpenBao> {
  const program = cachedProgram(`openbao/${VERSION}/bao`, 'testing/openbao/build.sh');
  const [folder, port] = [await makeScratch(), await freePort()];
  const address = `127.0.0.1:${String(port)}`;
  const flags = ['-dev', '-dev-tls', `-dev-tls-cert-dir=${folder}`, '-dev-no-store-token'];
  const server = await startHostProcess(program, [
    'server',
    ...flags,
    `-dev-root-token-id=${ROOT_TOKEN}`,
    `-dev-listen-address=${address}`,
  ]);
  const url = `https://${address}`;
  const stop = async (): Promise<void> => {
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  };
  let ca = '';
  const call: RunningOpenBao['call'] = (method, path, body) => callApi({ url, ca }, { method, path, body });
  try {
    await until(
      async () => {
        ca = await readFile(join(folder, 'vault-ca.pem'), 'utf8');
        return (await call('GET', 'sys/health'))['sealed'] === false;
      },
      { what: 'OpenBao to answer', hopeless: () => (server.isRunning() ? undefined : server.output()) },
    );
  } catch (error) {
    await stop();
    throw error;
  }
  const signal = (name: NodeJS.Signals): void => {
    server.signal(name);
  };
  return { url, ca, rootToken: ROOT_TOKEN, call, signal, stop };
}

interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly body: object | undefined;
}

function callApi(
  { url, ca }: { url: string; ca: string },
  { method, path, body }: ApiCall,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-vault-token': ROOT_TOKEN };
    const sent = httpsRequest(`${url}/v1/${path}`, { method, ca, headers, timeout: 5_000 }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => (text += piece));
      answer.on('end', () => {
        const { statusCode = 0 } = answer;
        if (statusCode >= 300) reject(new Error(`${method} ${path}: ${String(statusCode)} ${text}`));
        else resolve(text === '' ? {} : (JSON.parse(text) as Record<string, unknown>));
      });
    });
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`${method} ${path} took too long`)));
    sent.end(body ? JSON.stringify(body) : undefined);
  });
}
