import { setTimeout as delay } from 'node:timers/promises';
import { Agent, errors, fetch, request } from 'undici';

/** A request to the gateway. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly token?: string | undefined;
  readonly body?: unknown;
  /** Makes a create repeatable. */
  readonly idempotencyKey?: string | undefined;
  readonly ifMatch?: string | undefined;
  /** Conditional create (hl7.org/fhir/R4/http.html#ccreate): a search, as `identifier=system|value`. */
  readonly ifNoneExist?: string | undefined;
  /** What is answered to a write, as `return=minimal`. */
  readonly prefer?: string | undefined;
  /** The call is no GET but idempotent in effect. */
  readonly repeatable?: true;
}

/** An answer of the gateway, with its JSON parsed. */
export interface Answer {
  readonly status: number;
  readonly etag: string | undefined;
  /** Where what was created is. */
  readonly location?: string | undefined;
  readonly body: unknown;
}

/** The part of the Fetch API that log-in needs; a redirect is answered, not followed. */
export type Fetch = (url: string, options: FetchOptions) => Promise<Response>;

/** Options of {@link Fetch}. */
export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | URLSearchParams | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** HTTP to the gateway with timeouts and bounded retries. */
export interface Connection {
  /** The gateway's address without a path: the issuer of its tokens. */
  readonly url: string;
  /** Sends a request and returns any answer; retries 429, and 503 where that does no harm, before it returns them. */
  send(call: Call): Promise<Answer>;
  /** Forms and the endpoints of OAuth 2; retries 429 and 503 too. */
  readonly fetch: Fetch;
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

/** The headers of a call; resources of FHIR have a media type of their own. */
export function headersOf(call: Call): Record<string, string> {
  const json = call.path.startsWith('/fhir/') ? 'application/fhir+json' : 'application/json';
  return {
    accept: json,
    ...(call.body !== undefined && { 'content-type': json }),
    ...(call.token !== undefined && { authorization: `Bearer ${call.token}` }),
    ...(call.idempotencyKey !== undefined && { 'idempotency-key': call.idempotencyKey }),
    ...(call.ifMatch !== undefined && { 'if-match': call.ifMatch }),
    ...(call.prefer !== undefined && { prefer: call.prefer }),
    ...(call.ifNoneExist !== undefined && { 'if-none-exist': call.ifNoneExist }),
  };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** The step after an attempt: return its answer, or retry after some seconds. */
type Outcome<T> = { readonly answer: T } | { readonly waitSeconds: number; readonly because: Error };

/** Who answers 429 has done nothing; of 503 nobody knows. A form is refused by it before it is looked at: hashing has a queue. */
const isRefusedForNow = (status: number, mayRepeat: boolean): boolean =>
  status === 429 || (status === 503 && mayRepeat);

function later(what: string, status: number, retryAfter: string | null | undefined): Outcome<never> {
  return { waitSeconds: Number(retryAfter ?? 1), because: new Error(`${what} is answered ${status}`) };
}

async function sendOnce(agent: Agent, url: string, call: Call): Promise<Outcome<Answer>> {
  const answer = await request(`${url}${call.path}`, {
    dispatcher: agent,
    method: call.method,
    headers: headersOf(call),
    ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
  });
  const text = await answer.body.text();
  if (isRefusedForNow(answer.statusCode, call.method !== 'POST' || isRepeatable(call))) {
    const retryAfter = textOf(answer.headers['retry-after']);
    return later(`${call.method} ${call.path}`, answer.statusCode, retryAfter);
  }
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const [etag, location] = [textOf(answer.headers['etag']), textOf(answer.headers['location'])];
  return { answer: { status: answer.statusCode, etag, location, body } };
}

function isRepeatable({ method, idempotencyKey, ifNoneExist, repeatable }: Call): boolean {
  return method === 'GET' || idempotencyKey !== undefined || ifNoneExist !== undefined || repeatable === true;
}

/** A connection that breaks is a reason to try again where that does no harm. */
async function unlessBroken<T>(
  what: string,
  mayRepeat: boolean,
  attempt: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  try {
    return await attempt();
  } catch (error) {
    if (!isBroken(error)) throw error;
    const because = new Error(`${what} failed: ${error.message}`, { cause: error });
    if (!mayRepeat) throw because;
    return { waitSeconds: 0.2, because };
  }
}

async function patiently<T>(attempt: () => Promise<Outcome<T>>): Promise<T> {
  for (let count = 1; ; count += 1) {
    const outcome = await attempt();
    if ('answer' in outcome) return outcome.answer;
    if (count === ATTEMPTS) throw outcome.because;
    // Jitter: clients that were refused together must not retry together.
    await delay(Math.min(outcome.waitSeconds, LONGEST_WAIT_S) * 1000 * (0.75 + Math.random() / 2));
  }
}

/** {@link Fetch} over an agent, without retries. */
export function fetchOver(agent: Agent): Fetch {
  return async (url, options) =>
    // undici's own types of the Fetch API and those of the platform describe the same objects.
    (await fetch(url, {
      ...(options as object),
      dispatcher: agent,
      redirect: 'manual',
    })) as unknown as Response;
}

function patientFetch(once: Fetch): Fetch {
  return (url, options) => {
    const method = options.method ?? 'GET';
    const what = `${method} ${new URL(url).pathname}`;
    return patiently(() =>
      unlessBroken(what, method === 'GET', async (): Promise<Outcome<Response>> => {
        const answer = await once(url, options);
        if (!isRefusedForNow(answer.status, true)) return { answer };
        await answer.body?.cancel();
        return later(what, answer.status, answer.headers.get('retry-after'));
      }),
    );
  };
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
    url,
    send: (call) =>
      patiently(() =>
        unlessBroken(`${call.method} ${call.path}`, isRepeatable(call), () => sendOnce(agent, url, call)),
      ),
    fetch: patientFetch(fetchOver(agent)),
    close: () => agent.destroy(),
  };
}
