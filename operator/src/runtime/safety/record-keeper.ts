import type { Clock } from '../clock.ts';
import type { Logger } from '../controller.ts';
import { describe, WriteFenced } from '../errors.ts';
import type { KubeObject } from '../kube.ts';

export interface RecordKeeperOptions {
  clock: Clock;
  log: Logger;
  /** What has to be recorded now. */
  held: () => readonly KubeObject[];
  /** Records it; resolves to how many objects found no room. */
  write: (held: readonly KubeObject[]) => Promise<number>;
}

/** So many changes may come at once that not each is worth a write: they are gathered for these milliseconds. */
const GATHER_MS = 100;
const RETRY_MS = 2_000;

/** Keeps the record of held deletions as they are, while its process leads. One write at a time, none at rest. */
export class RecordKeeper {
  readonly #options: RecordKeeperOptions;
  #cancel: (() => void) | undefined;
  #writing: Promise<void> | undefined;
  #isDue = false;
  #isStopped = false;
  #hasFailed = false;
  #unrecorded = 0;

  constructor(options: RecordKeeperOptions) {
    this.#options = options;
  }

  /** Held deletions that a restart would forget, since they could not be written. */
  get unrecorded(): number {
    return this.#isStopped ? 0 : this.#unrecorded;
  }

  /** What has to be recorded may have changed. */
  touch(): void {
    this.#isDue = true;
    this.#writeAfter(GATHER_MS);
  }

  /** Writes what is due and no more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#writing;
    if (this.#isDue) await this.#write();
  }

  #writeAfter(ms: number): void {
    if (this.#isStopped || this.#cancel !== undefined || this.#writing !== undefined) return;
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#cancel = undefined;
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined;
        if (this.#isDue) this.#writeAfter(this.#hasFailed ? RETRY_MS : GATHER_MS);
      });
    });
  }

  async #write(): Promise<void> {
    const { log, write, held } = this.#options;
    this.#isDue = false;
    const now = held();
    try {
      this.#unrecorded = await write(now);
      this.#hasFailed = false;
      if (this.#unrecorded > 0)
        log.error('there are more held deletions than can be recorded: a restart forgets the rest', {
          held: now.length,
          unrecorded: this.#unrecorded,
        });
    } catch (error) {
      this.#unrecorded = now.length;
      this.#isDue = this.#hasFailed = true;
      // Whoever leads next records them.
      if (error instanceof WriteFenced) return;
      log.error('held deletions cannot be recorded: a restart forgets them', {
        held: now.length,
        error: describe(error),
      });
    }
  }
}
