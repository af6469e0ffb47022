import { circuitBreaker, ConsecutiveBreaker, handleWhen, isBrokenCircuitError } from 'cockatiel';
import type { CircuitBreakerPolicy } from 'cockatiel';
import { Agent, request } from 'undici';
import { Unavailable } from '../../http/errors.ts';
import { backoffMs, pause } from '../../resilience/backoff.ts';
import type { Post, TransitLogin, TransitToken } from './transit-login.ts';

export interface TransitClientOptions {
  /** Where OpenBao or Vault is reached; `https` alone: data keys pass here in plain. */
  readonly url: string;
  /** PEM of the authorities that it is believed by; the system's when absent. */
  readonly ca?: string;
  readonly login: TransitLogin;
  /** Of Vault Enterprise and OpenBao; absent: none. */
  readonly namespace?: string;
  /** How long one request may take, in milliseconds. Default 2,000. */
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/** An answer, whatever its status. */
export interface TransitAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The server refuses what this service asks: its policy, role or key is not as docs/operations/keys.md has it. */
export class TransitRefused extends Error {
  override readonly name = 'TransitRefused';
  readonly status: number;

  constructor(status: number, path: string) {
    super(`the transit engine answers ${String(status)} to ${path}`);
    this.status = status;
  }
}

/** Why a request may be sent again: nothing in the transit engine changes by it. */
class TransitFault extends Error {
  override readonly name = 'TransitFault';
}

const ATTEMPTS = 3;
const BACKOFF = { baseMs: 50, capMs: 500 };
/** So many faults in a row open the circuit, for so long. */
const FAULTS = 6;
const OPEN_MS = 5_000;
/** A token is replaced after this share of its life. */
const TOKEN_SHARE = 2 / 3;
const MOST_BYTES = 4_194_304;

/** Requests to OpenBao or Vault: with a token, in time, again after a fault, and not at all while it is away. */
export class TransitClient {
  readonly #options: TransitClientOptions;
  readonly #agent: Agent;
  readonly #circuit: CircuitBreakerPolicy;
  #token: { readonly value: Promise<TransitToken>; endsAt: number } | undefined;

  constructor(options: TransitClientOptions) {
    if (new URL(options.url).protocol !== 'https:') {
      throw new TypeError('the transit engine is reached by https alone: data keys pass in plain');
    }
    this.#options = options;
    const { ca } = options;
    this.#agent = new Agent({ connect: { ...(ca === undefined ? {} : { ca }), timeout: this.#timeoutMs } });
    this.#circuit = circuitBreaker(
      handleWhen((error) => error instanceof TransitFault),
      { halfOpenAfter: OPEN_MS, breaker: new ConsecutiveBreaker(FAULTS) },
    );
  }

  /** @throws Unavailable while the server is away or sealed; TransitRefused for 401 and 403 */
  async send(method: 'GET' | 'POST', path: string, body?: object): Promise<TransitAnswer> {
    const answer = await this.#withToken(method, path, body);
    if (answer.status !== 403) return answer;
    this.#token = undefined; // revoked or expired: a new one is asked for, once
    const again = await this.#withToken(method, path, body);
    if (again.status === 403) throw new TransitRefused(403, path);
    return again;
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #withToken(method: 'GET' | 'POST', path: string, body?: object): Promise<TransitAnswer> {
    const { token } = await this.#currentToken();
    return this.#patiently(() => this.#once({ method, path, body, token }));
  }

  async #currentToken(): Promise<TransitToken> {
    const now = this.#options.now ?? Date.now;
    if (this.#token && now() < this.#token.endsAt) return this.#token.value;
    const asked = { value: this.#options.login.token(this.#post), endsAt: Infinity };
    this.#token = asked;
    try {
      const { lifetimeMs = Infinity } = await asked.value;
      asked.endsAt = now() + lifetimeMs * TOKEN_SHARE;
      return await asked.value;
    } catch (error) {
      if (this.#token === asked) this.#token = undefined;
      throw error;
    }
  }

  readonly #post: Post = async (path, body) => {
    const answer = await this.#patiently(() => this.#once({ method: 'POST', path, body }));
    if (answer.status >= 300) throw new TransitRefused(answer.status, path);
    return answer.body;
  };

  /** What is asked changes nothing, so it is asked again after a fault. */
  async #patiently(work: () => Promise<TransitAnswer>): Promise<TransitAnswer> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#circuit.execute(work);
      } catch (error) {
        if (isBrokenCircuitError(error)) throw new Unavailable(OPEN_MS / 1_000, { cause: error });
        if (!(error instanceof TransitFault)) throw error;
        if (attempt + 1 >= ATTEMPTS) throw new Unavailable(1, { cause: error });
        await pause(backoffMs(attempt, BACKOFF));
      }
    }
  }

  async #once(sent: {
    method: 'GET' | 'POST';
    path: string;
    body?: object | undefined;
    token?: string;
  }): Promise<TransitAnswer> {
    const { method, path, body, token } = sent;
    const { url, namespace } = this.#options;
    try {
      const answer = await request(new URL(`/v1/${path}`, url), {
        method,
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(this.#timeoutMs),
        headers: {
          'content-type': 'application/json',
          'x-vault-request': 'true',
          ...(token === undefined ? {} : { 'x-vault-token': token }),
          ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
        },
        body: body ? JSON.stringify(body) : null,
      });
      const { statusCode: status } = answer;
      if (!isFault(status)) return { status, body: await readJson(answer.body) };
      await answer.body.dump();
      throw new Error(`it answers ${String(status)}`);
    } catch (error) {
      throw new TransitFault('the transit engine does not do what it is asked', { cause: error });
    }
  }

  get #timeoutMs(): number {
    return this.#options.timeoutMs ?? 2_000;
  }
}

/** Sealed, starting, a standby that reaches no leader, too many requests. */
function isFault(status: number): boolean {
  return status >= 500 || status === 429;
}

/** Errors of a parse say nothing of what came: it may hold a key. */
async function readJson(body: AsyncIterable<Uint8Array>): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new RangeError('the answer is too large');
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString('utf8');
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new SyntaxError('the answer is not JSON');
  }
}
