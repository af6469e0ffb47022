import { Readable, Writable } from 'node:stream';

/** The standard streams of commands whose input and output are files. */
export interface TerminalBytes {
  readonly input: () => ReadableStream<Uint8Array>;
  readonly output: () => WritableStream<Uint8Array>;
  /** Whether a person would read the bytes. */
  readonly isOutputScreen: boolean;
  /** Whether a person reads the errors: only then there is progress. */
  readonly isErrorScreen: boolean;
}

/** Where a command reads from and writes to; tests hand in their own. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `out` goes to a person's screen: only then there are colours. */
  readonly isScreen: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All of the standard input. */
  readonly input: () => Promise<string>;
  readonly bytes: TerminalBytes;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a shell takes for "ended by Ctrl-C". A command after `&&` must not run: nothing was finished. */
export const INTERRUPTED = 130;

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const stop = new AbortController();
  process.once('SIGINT', () => {
    stop.abort();
  });
  // `careplane graph | head`: the reader has enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    stop.abort();
  });
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isScreen: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
    env: process.env,
    input: readInput,
    bytes: {
      input: () => Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>,
      output: () => Writable.toWeb(process.stdout) as WritableStream<Uint8Array>,
      isOutputScreen: process.stdout.isTTY,
      isErrorScreen: process.stderr.isTTY,
    },
    signal: stop.signal,
  };
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
