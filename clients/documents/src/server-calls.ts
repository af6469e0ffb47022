import type { Bytes } from './bytes.ts';
import { errorOf, ServerError } from './server-error.ts';

export interface DocumentServerOptions {
  /** Where the API is, such as `https://clinic.example`. */
  readonly base: string;
  /** An access token. It is asked for before each request, so that it may be a fresh one. */
  readonly token: () => string | Promise<string>;
  readonly fetch?: typeof fetch;
  /** Waits before a request is repeated. Default: a second, then twice as long each time. */
  readonly pause?: (attempt: number) => Promise<void>;
}

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Bytes;
  readonly signal?: AbortSignal | undefined;
}

const ATTEMPTS = 6;

/** Requests to a clinic, as the user of an access token. */
export class ServerCalls {
  readonly #options: DocumentServerOptions;

  constructor(options: DocumentServerOptions) {
    this.#options = options;
  }

  /** @param request such as `GET /uploads/7` @throws ServerError; the signal's reason once it is aborted */
  async ask(request: string, { headers = {}, body, signal }: Asked = {}): Promise<Response> {
    const { base, token, fetch: send = fetch } = this.#options;
    const [method = 'GET', path = ''] = request.split(' ');
    const init = {
      method,
      headers: { authorization: `Bearer ${await token()}`, ...headers },
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    };
    const answer = await send(`${base}${path}`, init).catch((error: unknown) => {
      if (signal?.aborted === true) throw error;
      throw new ServerError(0, 'the server does not answer', { cause: error });
    });
    if (!answer.ok) throw await errorOf(answer);
    return answer;
  }

  /** Does something that may be done again, in several attempts while that may help. @param work is told which one it is */
  async repeat<T>(work: (attempt: number) => Promise<T>): Promise<T> {
    const { pause = waitLonger } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work(attempt);
      } catch (error) {
        if (!(error instanceof ServerError) || !error.isPassing || attempt >= ATTEMPTS) throw error;
        await pause(attempt);
      }
    }
  }
}

function waitLonger(attempt: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1_000 * 2 ** (attempt - 1));
  });
}
