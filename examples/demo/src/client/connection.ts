import { setTimeout as delay } from 'node:timers/promises';
import { Agent, errors, request } from 'undici';

/** A request to the gateway. */
export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
  /** Makes a create repeatable. */
  readonly idempotencyKey?: string | undefined;
  readonly ifMatch?: string | undefined;
  /** The call is not a GET but idempotent in effect: a login. */
  readonly repeatable?: true;
}

/** An answer of the gateway, with its JSON parsed. */
export interface Answer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: unknown;
}

/** HTTP to the gateway with timeouts and bounded retries. */
export interface Connection {
  /** Sends a request and returns any answer; retries 429 and 503 before it returns them. */
  send(call: Call): Promise<Answer>;
  close(): Promise<void>;
}

const CONNECTIONS = 128;
const TIMEOUT_MS = 20_000;
const ATTEMPTS = 6;
const LONGEST_WAIT_S = 5;

/** Connection failures after which a repeatable request may be sent again. */
function isBroken(error: unknown): error is Error {
  const codes = ['ECONNRESET', 'ECONNREFUSED', 'EPIPE'];
  if (error instanceof errors.UndiciError) return true;
  return Error.isError(error) && 'code' in error && codes.includes(String(error.code));
}

function headersOf(call: Call): Record<string, string> {
  return {
    accept: 'application/json',
    ...(call.body !== undefined && { 'content-type': 'application/json' }),
    ...(call.token !== undefined && { authorization: `Bearer ${call.token}` }),
    ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
    ...(call.ifMatch !== undefined && { 'if-match': call.ifMatch }),
  };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** The step after an attempt: return its answer, or retry after some seconds. */
type Outcome = { readonly answer: Answer } | { readonly waitSeconds: number; readonly because: Error };

async function sendOnce(agent: Agent, url: string, call: Call): Promise<Outcome> {
  const answer = await request(`${url}${call.path}`, {
    dispatcher: agent,
    method: call.method,
    headers: headersOf(call),
    ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
  });
  const text = await answer.body.text();
  if (answer.statusCode === 429 || answer.statusCode === 503) {
    const because = new Error(`${call.method} ${call.path} is answered ${answer.statusCode}`);
    return { waitSeconds: Number(textOf(answer.headers['retry-after']) ?? 1), because };
  }
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  return { answer: { status: answer.statusCode, etag: textOf(answer.headers['etag']), body } };
}

function isRepeatable({ method, idempotencyKey, repeatable }: Call): boolean {
  return method === 'GET' || idempotencyKey !== undefined || repeatable === true;
}

async function attempt(agent: Agent, url: string, call: Call): Promise<Outcome> {
  try {
    return await sendOnce(agent, url, call);
  } catch (error) {
    if (!isBroken(error)) throw error;
    const because = new Error(`${call.method} ${call.path} failed: ${error.message}`, { cause: error });
    if (!isRepeatable(call)) throw because;
    return { waitSeconds: 0.2, because };
  }
}

/** Opens a pool of connections to the gateway at `url`. `ca`: PEM of the authority of its certificate, where no public one has signed it. */
export function connect(url: string, ca?: string): Connection {
  const agent = new Agent({
    connections: CONNECTIONS,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    connect: { timeout: TIMEOUT_MS, ...(ca === undefined ? {} : { ca }) },
  });
  return {
    async send(call): Promise<Answer> {
      for (let count = 1; ; count += 1) {
        const outcome = await attempt(agent, url, call);
        if ('answer' in outcome) return outcome.answer;
        if (count === ATTEMPTS) throw outcome.because;
        // Jitter: clients that were refused together must not retry together.
        await delay(Math.min(outcome.waitSeconds, LONGEST_WAIT_S) * 1000 * (0.75 + Math.random() / 2));
      }
    },
    close: () => agent.destroy(),
  };
}
