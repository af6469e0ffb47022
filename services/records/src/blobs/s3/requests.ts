import { Agent } from 'node:https';
import type { RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { BindingError, Unavailable } from '@careplane/kit';
import { circuitBreaker, ConsecutiveBreaker, handleWhen, isBrokenCircuitError } from 'cockatiel';
import type { CircuitBreakerPolicy } from 'cockatiel';

export interface S3Options {
  /** Where the server is reached; `https` alone. */
  readonly endpoint: string;
  readonly region: string;
  /** `Path`: `https://server/bucket`; `VirtualHost`: `https://bucket.server`. */
  readonly addressing: 'Path' | 'VirtualHost';
  /**
   * The Secret as it is now: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, perhaps `AWS_SESSION_TOKEN`, and `ca.crt` for a server that the
   * system's authorities do not vouch for. Asked for with each request, so that what rotates is taken up.
   */
  readonly secret: () => Readonly<Record<string, string>>;
  /** From a request to the head of its answer, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

/** The server does not do what it is asked, and would not the next time. */
export class S3Refused extends Error {
  override readonly name = 'S3Refused';
  readonly status: number;
  /** Of the S3 API, such as `NoSuchKey`. */
  readonly code: string;

  constructor(status: number, code: string) {
    super(`the object store answers ${String(status)} ${code}`);
    this.status = status;
    this.code = code;
  }
}

const ATTEMPTS = 3;
const CONNECT_MS = 2_000;
/** All attempts of a request together: what waits for it has little more time. */
const DEADLINE_MS = 15_000;
/** So many requests in a row that failed open the circuit, for so long. */
const FAULTS = 4;
const OPEN_MS = 5_000;
const CONNECTIONS = 64;

/** Requests to a server of S3: signed with what the Secret holds now, in time, again after a fault, and none while it is away. */
export class S3Requests {
  readonly #client: S3Client;
  readonly #circuit: CircuitBreakerPolicy;

  constructor({ endpoint, region, addressing, secret, timeoutMs = 10_000 }: S3Options) {
    if (new URL(endpoint).protocol !== 'https:')
      throw new TypeError('the object store is reached by https alone');
    this.#client = new S3Client({
      ...{ endpoint, region, forcePathStyle: addressing === 'Path' },
      credentials: () => credentialsOf(secret),
      maxAttempts: ATTEMPTS,
      retryMode: 'standard',
      requestHandler: {
        httpsAgent: new TrustingAgent(() => secret()['ca.crt']),
        ...{ connectionTimeout: CONNECT_MS, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
      },
      // parts are checked by the server before they are kept; what is read is authenticated chunk by chunk
      requestChecksumCalculation: 'WHEN_SUPPORTED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // else the SDK opens a connection for each part
      expectContinueHeader: false,
      // else the environment and files of the home folder decide
      useFipsEndpoint: false,
      useDualstackEndpoint: false,
      defaultsMode: 'standard',
    });
    this.#circuit = circuitBreaker(handleWhen(isFault), {
      halfOpenAfter: OPEN_MS,
      breaker: new ConsecutiveBreaker(FAULTS),
    });
  }

  /**
   * @param isExpected which refusals the caller knows what to do with
   * @throws S3Refused when it is expected; BindingError when the Secret lacks something; Unavailable for all else
   */
  async ask<T>(
    work: (client: S3Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
    isExpected: (refused: S3Refused) => boolean = () => false,
  ): Promise<T> {
    try {
      return await this.#circuit.execute(() => this.#inTime(work));
    } catch (error) {
      if (error instanceof BindingError) throw error;
      if (isBrokenCircuitError(error)) throw new Unavailable(OPEN_MS / 1_000, { cause: error });
      if (!isRefusal(error)) throw new Unavailable(1, { cause: error });
      const refused = new S3Refused(statusOf(error), error.name);
      if (isExpected(refused)) throw refused;
      throw new Unavailable(OPEN_MS / 1_000, { cause: refused });
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #inTime<T>(
    work: (client: S3Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
    }, DEADLINE_MS);
    try {
      return await work(this.#client, { abortSignal: late.signal });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Believes the authorities that are named at the time of each connection. */
class TrustingAgent extends Agent {
  readonly #ca: () => string | undefined;

  constructor(ca: () => string | undefined) {
    // a session that is resumed would be believed by authorities of before
    super({ keepAlive: true, maxSockets: CONNECTIONS, maxCachedSessions: 0 });
    this.#ca = ca;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const ca = this.#ca();
    return super.createConnection(ca === undefined ? options : { ...options, ca }, callback);
  }
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration: Date;
}

/** They have "expired" when they are given, so the SDK asks for them with each attempt of a request, and keeps none. */
// eslint-disable-next-line @typescript-eslint/require-await -- what it throws is the rejection that the SDK expects
async function credentialsOf(secret: S3Options['secret']): Promise<Credentials> {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = secret();
  if (!accessKeyId || !secretAccessKey)
    throw new BindingError('the Secret of the object store lacks AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY');
  return {
    ...{ accessKeyId, secretAccessKey, expiration: new Date(0) },
    ...(sessionToken ? { sessionToken } : {}),
  };
}

/** What another attempt may help: no answer, half an answer, a server that cannot. */
function isFault(error: unknown): boolean {
  return !(error instanceof BindingError) && !isRefusal(error);
}

function isRefusal(error: unknown): error is S3ServiceException {
  if (!(error instanceof S3ServiceException)) return false;
  const status = statusOf(error);
  return status < 500 && status !== 429 && error.name !== 'RequestTimeout';
}

function statusOf(error: S3ServiceException): number {
  return error.$metadata.httpStatusCode ?? 500;
}

/** undefined when it is refused as was expected. */
export async function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof S3Refused) return undefined;
    throw error;
  }
}
