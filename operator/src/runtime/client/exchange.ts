import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

/** An answer, read to its end. */
export interface Answer {
  statusCode: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** One request and its answer, taken from undici as it comes: a stream and an AbortController for each are much of the operator's CPU. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #settle = Promise.withResolvers<Answer>();
  readonly answer = this.#settle.promise;
  #controller: Dispatcher.DispatchController | undefined;
  #abortedBy: Error | undefined;
  #statusCode = 0;
  #headers: IncomingHttpHeaders = {};
  readonly #chunks: Buffer[] = [];

  /** Sends the request once its options are known. A failure is the answer's. */
  send(pool: Dispatcher, options: Promise<Dispatcher.DispatchOptions>): void {
    options
      .then((known) => {
        if (this.#abortedBy === undefined) pool.dispatch(known, this);
      })
      .catch((error: unknown) => {
        this.#settle.reject(error);
      });
  }

  /** Ends it at once, wherever it is: undici itself heeds an abort only when the request has got a connection. */
  abort(reason: Error): void {
    this.#abortedBy ??= reason;
    this.#settle.reject(reason);
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#abortedBy === undefined) this.#controller = controller;
    else controller.abort(this.#abortedBy);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.#statusCode = statusCode;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const body = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#settle.resolve({ statusCode: this.#statusCode, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#settle.reject(error);
  }
}
