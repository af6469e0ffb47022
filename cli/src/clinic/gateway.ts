import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { Failure } from '../failure.ts';

/** Where the gateway of a clinic is, and who may have signed its certificate. */
export interface GatewayAddress {
  /** Without a slash at the end. */
  readonly url: string;
  /** PEM: the machine's authorities and the clinic's own. */
  readonly authorities: readonly string[];
}

/** A request below the gateway's address. */
export interface GatewayCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The JSON of the answer; undefined for anything else. */
  readonly body: unknown;
}

type Body = Dispatcher.ResponseData['body'];

/** A read that is done again when it did not work out. */
export interface Read<T> {
  readonly path: string;
  readonly accept?: string;
  /** The bearer token, asked for before each attempt. */
  readonly token?: (() => Promise<string>) | undefined;
  /** Reads the whole answer. It is called again for the next attempt. */
  readonly take: (body: Body) => Promise<T>;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 15_000;
/** For long reads: an upgrade of the gateway, or a minute at its limit, passes. */
const ATTEMPTS = 8;
const BASE_MS = 250;
const LONGEST_MS = 60_000;
/** Answers that may be others later. */
export const FOR_NOW: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Talks to a clinic through its gateway. */
export class Gateway {
  readonly url: string;
  readonly #agent: Agent;

  constructor({ url, authorities }: GatewayAddress) {
    this.url = url;
    this.#agent = new Agent({
      connect: { ca: [...authorities], timeout: TIMEOUT_MS },
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
  }

  /** Asks once. @throws Failure when nothing answers */
  async ask({ path, ...options }: GatewayCall): Promise<GatewayAnswer> {
    try {
      const answer = await request(`${this.url}${path}`, { dispatcher: this.#agent, ...options });
      const { statusCode: status, headers } = answer;
      return { status, headers, body: parsed(await answer.body.text()) };
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  /** Reads something, in several attempts while the clinic is busy or away. @throws Failure */
  async read<T>(wanted: Read<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      const outcome = await this.#attempt(wanted);
      if ('value' in outcome) return outcome.value;
      wanted.signal.throwIfAborted();
      if (attempt + 1 === ATTEMPTS) throw outcome.failure;
      await pause(outcome.waitMs ?? Math.min(LONGEST_MS, BASE_MS * 2 ** attempt), undefined, {
        signal: wanted.signal,
      });
    }
  }

  /** Node's `fetch`, through the connections that trust the clinic's authorities. Its bodies may take as long as they flow. */
  get fetch(): typeof fetch {
    // Node's own undici and ours are two of one major version: their types differ, what they agree on does not
    const through: object = { dispatcher: this.#agent };
    return (input, init) => fetch(input, { ...init, ...through });
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  async #attempt<T>({
    path,
    accept = '*/*',
    token,
    take,
    signal,
  }: Read<T>): Promise<{ value: T } | { failure: Failure; waitMs?: number }> {
    const headers = { accept, ...(token && { authorization: `Bearer ${await token()}` }) };
    try {
      const answer = await request(`${this.url}${path}`, { dispatcher: this.#agent, headers, signal });
      if (answer.statusCode === 200) return { value: await take(answer.body) };
      const failure = refused(answer.statusCode, `GET ${path}`, parsed(await answer.body.text()));
      if (!FOR_NOW.has(answer.statusCode)) throw failure;
      return { failure, ...waitOf(answer.headers) };
    } catch (error) {
      if (error instanceof Failure) throw error;
      return { failure: this.#unreachable(error) };
    }
  }

  /** @throws what is not of the connection */
  #unreachable(error: unknown): Failure {
    if (!Error.isError(error) || isOurs(error)) throw error;
    return new Failure(unreachable(this.url, error), { cause: error });
  }
}

/** Errors of files, as of a full disk, are none of the connection. */
function isOurs(error: Error): boolean {
  return 'syscall' in error && 'path' in error;
}

/** What an answer says about when to ask again. */
export function waitOf({ 'retry-after': header }: IncomingHttpHeaders): { waitMs?: number } {
  const seconds = Number(header);
  return header === undefined || Number.isNaN(seconds)
    ? {}
    : { waitMs: Math.min(LONGEST_MS, seconds * 1000) };
}

/** What a user reads of an answer that was not wanted. */
export function refused(status: number, asked: string, body: unknown): Failure {
  return new Failure(`the clinic answers ${String(status)} to ${asked}${reasonOf(body)}`);
}

/** What stands in front of a clinic answers no JSON. */
function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

function unreachable(url: string, error: Error): string {
  const { code = error.name } = error as NodeJS.ErrnoException;
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))
    return `the certificate of ${url} is not trusted (${code}): name the file of its authority with --ca`;
  return `${url} does not answer (${code}): name the address at which the gateway is reached from here with --url`;
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly error_description?: string;
  /** Of an OperationOutcome. */
  readonly issue?: readonly { readonly diagnostics?: string }[];
}

/** What a problem (RFC 9457) says, an OperationOutcome, or an error of OAuth; its fields are what to change. */
function reasonOf(body: unknown): string {
  const { title, detail, errors = [], error_description: description, issue = [] }: Problem = body ?? {};
  const fields = errors.map(({ path, message }) => `${path.replace(/^body\./, '')} ${message}`);
  const said = [detail ?? description ?? title, ...fields, ...issue.map(({ diagnostics }) => diagnostics)];
  const text = said.filter((part) => part !== undefined).join('; ');
  return text === '' ? '' : `: ${text}`;
}
