import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { heapOf, withHeapProbe, type Heap } from '../lib/heap.ts';
import { startMeasured, type Command, type Measured } from '../lib/process.ts';
import { explanationOf, type LogLine } from './expected.ts';

/** What was said at level warn or error. */
export interface Sayings {
  /** Times by the reason why it is no fault. */
  explained: Map<string, number>;
  /** Lines that nothing explains. */
  unexplained: string[];
}

/** Two operators of which one leads; each can be stopped and started. */
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

  /** Ends one, gracefully or by SIGKILL, and starts it anew. Throws when a graceful end was none. */
  async restart(index: number, isGraceful: boolean): Promise<void> {
    const running = this.#running[index];
    if (running === undefined) return;
    if (isGraceful) {
      running.signal('SIGTERM');
      const code = await running.exited;
      // Node ends by the signal itself while it still reads the program: nothing was begun, nothing is to be finished.
      const hadBegun = (await stat(running.logPath)).size > 0;
      if (code !== 0 && (hadBegun || code !== 'SIGTERM'))
        throw new Error(`an operator ended with ${code} on SIGTERM: ${running.logPath}`);
    } else await running.kill();
    await this.start(index);
  }

  /** Throws when one ended that nobody ended. */
  demandRunning(): void {
    for (const running of this.#running)
      if (running?.isRunning() === false) throw new Error(`an operator ended by itself: ${running.logPath}`);
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

/** `undefined` for what is no line of our log: a crash, a warning of Node. */
function parsed(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}
