import type { Secret } from '../../k8s/types.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import { pause, type Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/controller.ts';
import { describe } from '../../runtime/errors.ts';
import { servingPair } from './serving-pair.ts';

export interface ReloaderOptions {
  read: () => Promise<Secret | undefined>;
  use: (pair: KeyPair) => void;
  clock: Clock;
  log: Logger;
  /** Milliseconds between looks while something is served. One look is one GET of one Secret. */
  everyMs: number;
}

/** Milliseconds between looks while there is nothing to serve. */
const UNTIL_FIRST_MS = 500;
/** A Secret missing for longer no longer blocks readiness: an older leader makes none, and stops only when we are ready. */
const ABSENCE_MS = 30_000;

/** Keeps a server on the newest good certificate. A bad one is logged, and the last good one stays. */
export class CertificateReloader {
  readonly #options: ReloaderOptions;
  readonly #stopped = new AbortController();
  #pair: KeyPair | undefined;
  #expires = 0;
  #problem = 'there is no certificate yet';
  #isAbsent = true;
  readonly #startedAt: number;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#startedAt = options.clock.monotonic();
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Why nothing can be served; `undefined` while something is. */
  failing(): string | undefined {
    const { clock } = this.#options;
    const isAbsentForLong = this.#isAbsent && clock.monotonic() - this.#startedAt >= ABSENCE_MS;
    if (this.#pair === undefined) return isAbsentForLong ? undefined : this.#problem;
    return clock.wall() >= this.#expires ? 'the certificate has expired' : undefined;
  }

  /** Milliseconds since the epoch; 0 while there is none. */
  get expires(): number {
    return this.#expires;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** One look. Never throws. */
  async look(): Promise<void> {
    const { read, use, clock, log } = this.#options;
    try {
      const secret = await read();
      this.#isAbsent = secret === undefined;
      const found = servingPair(secret, clock.wall());
      if ('problem' in found) {
        this.#report(found.problem);
        return;
      }
      this.#problem = '';
      if (found.pair.certificate === this.#pair?.certificate) return;
      use(found.pair);
      this.#pair = found.pair;
      this.#expires = found.expires;
      log.info('serves webhooks with a new certificate', { expires: new Date(found.expires).toISOString() });
    } catch (error) {
      this.#report(describe(error));
    }
  }

  #report(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    const { log } = this.#options;
    log.warn('no new certificate for webhooks; the last good one stays', { problem });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.look();
      const waitMs = this.#pair === undefined ? UNTIL_FIRST_MS : this.#options.everyMs;
      await pause(this.#options.clock, waitMs, signal);
    }
  }
}
