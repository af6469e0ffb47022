import { Agent, request } from 'undici';

export interface ManagementAccess {
  /** `https://host:port`, without a trailing slash. */
  url: string;
  /** PEM of the authorities that the server's certificate is checked against. */
  ca: string;
  username: string;
  password: string;
  /** Once aborted, nothing more is sent and what is under way is given up: the Lease may be another's. */
  signal?: AbortSignal;
}

/** The management API answered with an error. The text is the broker's reason, never a body that was sent. */
export class ManagementError extends Error {
  readonly status: number;

  constructor(method: string, path: string, status: number, reason: string) {
    super(`${method} ${path}: ${status} ${reason}`);
    this.name = 'ManagementError';
    this.status = status;
  }
}

const TIMEOUT_MS = 10_000;
const REASON_LIMIT = 300;

/** RabbitMQ's management API (https://www.rabbitmq.com/docs/http-api-reference). Counts its writes: none at rest. */
export class ManagementClient {
  readonly #access: ManagementAccess;
  readonly #agent: Agent;
  readonly #authorization: string;
  #writes = 0;

  constructor(access: ManagementAccess) {
    this.#access = access;
    this.#authorization = `Basic ${Buffer.from(`${access.username}:${access.password}`).toString('base64')}`;
    this.#agent = new Agent({
      connect: { ca: access.ca, timeout: TIMEOUT_MS },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
  }

  /** Of the access. */
  get signal(): AbortSignal | undefined {
    return this.#access.signal;
  }

  /** Requests so far that were meant to change something. */
  get writes(): number {
    return this.#writes;
  }

  /** Reads JSON; the caller checks its shape. @throws ManagementError, or undici's errors when there is no answer. */
  async get(path: string): Promise<unknown> {
    return JSON.parse(await this.#send('GET', path)) as unknown;
  }

  /** Reads JSON, `undefined` when there is no such object. */
  async find(path: string): Promise<unknown> {
    try {
      return await this.get(path);
    } catch (error) {
      if (error instanceof ManagementError && error.status === 404) return undefined;
      throw error;
    }
  }

  async put(path: string, body: unknown): Promise<void> {
    this.#writes++;
    await this.#send('PUT', path, body);
  }

  /** Returns the answer's JSON, `undefined` when it has no body. */
  async post(path: string, body: unknown): Promise<unknown> {
    this.#writes++;
    const text = await this.#send('POST', path, body);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }

  /** Deletes; what is already gone is no error. */
  async remove(path: string): Promise<void> {
    this.#writes++;
    try {
      await this.#send('DELETE', path);
    } catch (error) {
      if (!(error instanceof ManagementError && error.status === 404)) throw error;
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #send(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<string> {
    const answer = await request(`${this.#access.url}/api${path}`, {
      method,
      dispatcher: this.#agent,
      ...(this.#access.signal === undefined ? {} : { signal: this.#access.signal }),
      headers: { authorization: this.#authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 400)
      throw new ManagementError(method, path, answer.statusCode, text.slice(0, REASON_LIMIT));
    return text;
  }
}

/** One request to the management API. */
export interface Change {
  method: 'PUT' | 'POST' | 'DELETE';
  /** Parts of the path; encoded when sent. */
  path: readonly string[];
  body?: unknown;
}

/** A path of the management API from its parts. */
export function apiPath(...parts: string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}
