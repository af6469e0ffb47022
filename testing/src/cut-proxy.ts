import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Agent, type Dispatcher } from 'undici';

/**
 * When the client is cut off from the API server, as if it died: at its n-th write (Leases aside), which then was
 * answered, or took effect without an answer, or never left.
 */
export interface Cut {
  atWrite: number;
  how: 'answered' | 'unanswered' | 'unsent';
}

export interface CutProxy {
  /** A kubeconfig for the client: plain HTTP on loopback, as the user of the kubeconfig that was handed in. */
  readonly kubeconfig: string;
  /** Writes that the client has sent so far, Leases aside. */
  writes(): number;
  /** Resolves at the cut. */
  readonly cut: Promise<void>;
  stop(): Promise<void>;
}

/** What `kubeconfigFor` writes; see apiserver.ts. */
interface Kubeconfig {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
  users: [{ user: { 'client-certificate-data': string; 'client-key-data': string } }];
}

/** A proxy in front of a test's API server that counts its client's writes and can end its life at any of them. */
export async function startCutProxy(kubeconfigPath: string, cut?: Cut): Promise<CutProxy> {
  const proxy = new RunningCutProxy(JSON.parse(await readFile(kubeconfigPath, 'utf8')) as Kubeconfig, cut);
  await proxy.listen();
  return proxy;
}

class RunningCutProxy implements CutProxy {
  readonly cut: Promise<void>;
  readonly #wanted: Cut | undefined;
  readonly #origin: string;
  readonly #upstream: Agent;
  readonly #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => {
      // Whatever broke on the way to the server breaks for the client, too.
      response.destroy();
    });
  });
  #resolveCut: () => void = () => undefined;
  #isCut = false;
  #writes = 0;

  constructor({ clusters: [{ cluster }], users: [{ user }] }: Kubeconfig, wanted: Cut | undefined) {
    this.#wanted = wanted;
    this.#origin = cluster.server;
    const pem = (base64: string): string => Buffer.from(base64, 'base64').toString();
    const ca = pem(cluster['certificate-authority-data']);
    const identity = { cert: pem(user['client-certificate-data']), key: pem(user['client-key-data']) };
    this.#upstream = new Agent({ connect: { ca, ...identity }, allowH2: false, bodyTimeout: 0 });
    this.cut = new Promise((resolve) => {
      this.#resolveCut = resolve;
    });
  }

  get kubeconfig(): string {
    const { port } = this.#server.address() as AddressInfo;
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'cut', cluster: { server: `http://127.0.0.1:${port}` } }],
      users: [{ name: 'cut', user: {} }],
      contexts: [{ name: 'cut', context: { cluster: 'cut', user: 'cut' } }],
      'current-context': 'cut',
    });
  }

  writes(): number {
    return this.#writes;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#upstream.destroy();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isLast = this.#count(request);
    if (isLast && this.#wanted?.how === 'unsent') this.#end();
    if (this.#isCut) {
      request.destroy();
      return;
    }
    const answer = await this.#forward(request);
    if (isLast) await this.#passLast(answer, response);
    else await passOn(answer, response);
  }

  /** Whether the request is the write at which the client is cut off. */
  #count({ method, url }: IncomingMessage): boolean {
    if (this.#isCut || method === 'GET' || url?.includes('/leases') === true) return false;
    this.#writes++;
    return this.#writes === this.#wanted?.atWrite;
  }

  async #passLast(answer: Dispatcher.ResponseData, response: ServerResponse): Promise<void> {
    const text = await answer.body.text();
    // Before the answer: the client may send its next write as soon as it has it.
    this.#isCut = true;
    if (this.#wanted?.how === 'answered')
      await sent(response.writeHead(answer.statusCode, headersOf(answer)), text);
    this.#end();
  }

  async #forward(request: IncomingMessage): Promise<Dispatcher.ResponseData> {
    const body = await buffer(request);
    const { accept, 'content-type': contentType, 'user-agent': userAgent } = request.headers;
    return this.#upstream.request({
      origin: this.#origin,
      path: request.url ?? '/',
      method: request.method as Dispatcher.HttpMethod,
      headers: {
        ...(accept === undefined ? {} : { accept }),
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
      },
      ...(body.length === 0 ? {} : { body }),
    });
  }

  #end(): void {
    this.#isCut = true;
    this.#server.closeAllConnections();
    this.#resolveCut();
  }
}

function headersOf({ headers }: Dispatcher.ResponseData): Record<string, string> {
  const { 'content-type': type, 'retry-after': retry } = headers;
  return {
    ...(typeof type === 'string' ? { 'content-type': type } : {}),
    ...(typeof retry === 'string' ? { 'retry-after': retry } : {}),
  };
}

async function passOn(answer: Dispatcher.ResponseData, response: ServerResponse): Promise<void> {
  response.writeHead(answer.statusCode, headersOf(answer));
  response.on('close', () => answer.body.destroy());
  for await (const chunk of answer.body) response.write(chunk);
  response.end();
}

/** Resolves when the text has left this process. */
function sent(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.end(text, () => {
      resolve();
    });
  });
}
