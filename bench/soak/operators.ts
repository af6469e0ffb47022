import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { heapOf, withHeapProbe, type Heap } from '../lib/heap.ts';
import { startMeasured, type Command, type Measured } from '../lib/process.ts';
import { explanationOf, type LogLine } from './expected.ts';

/** Log lines of level warn or error. */
export interface Sayings {
  /** Counts by the reason why the soak expects the line. */
  explained: Map<string, number>;
  /** Lines that the soak does not expect. */
  unexplained: string[];
}

/** Two operators with leader election; each can be stopped and started. */
export class Operators {
  readonly #command: Command;
  readonly #folder: string;
  readonly #running: (Measured | undefined)[] = [undefined, undefined];
  readonly #logs: string[] = [];

  constructor(command: Command, folder: string) {
    this.#command = withHeapProbe(command);
    this.#folder = folder;
  }

  get starts(): number {
    return this.#logs.length;
  }

  async start(index: number): Promise<void> {
    const log = join(this.#folder, `operator-${this.#logs.length}.log`);
    this.#logs.push(log);
    this.#running[index] = await startMeasured(this.#command, log, true);
  }

  /** Stops one, gracefully or by SIGKILL, and starts it again. @throws Error when a graceful stop failed. */
  async restart(index: number, isGraceful: boolean): Promise<void> {
    const running = this.#running[index];
    if (running === undefined) return;
    if (isGraceful) {
      running.signal('SIGTERM');
      const code = await running.exited;
      // While Node still loads the program, the signal ends it by default: nothing has begun yet.
      const hadBegun = (await stat(running.logPath)).size > 0;
      if (code !== 0 && (hadBegun || code !== 'SIGTERM'))
        throw new Error(`an operator ended with ${code} on SIGTERM: ${running.logPath}`);
    } else await running.kill();
    await this.start(index);
  }

  /** @throws Error when an operator ended that the soak did not stop. */
  demandRunning(): void {
    for (const running of this.#running)
      if (running?.isRunning() === false)
        throw new Error(`an operator ended unexpectedly: ${running.logPath}`);
  }

  async heaps(): Promise<Heap[]> {
    const heaps: Heap[] = [];
    for (const running of this.#running) if (running !== undefined) heaps.push(await heapOf(running));
    return heaps;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.flatMap((running) => (running === undefined ? [] : [running.end()])));
  }

  async sayings(): Promise<Sayings> {
    const sayings: Sayings = { explained: new Map(), unexplained: [] };
    for (const log of this.#logs)
      for await (const line of createInterface({ input: createReadStream(log) })) weigh(line, sayings);
    return sayings;
  }
}

function weigh(text: string, { explained, unexplained }: Sayings): void {
  const line = parsed(text);
  if (line === undefined) unexplained.push(text);
  if (line === undefined || (line.level !== 'warn' && line.level !== 'error')) return;
  const reason = explanationOf(line);
  if (reason === undefined) unexplained.push(text);
  else explained.set(reason, (explained.get(reason) ?? 0) + 1);
}

/** `undefined` for a line that is not from our log: a crash, or a warning of Node. */
function parsed(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}
