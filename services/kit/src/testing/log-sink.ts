import { Writable } from 'node:stream';

/** Keeps log lines for a test to read. */
export interface LogSink {
  readonly stream: Writable;
  /** Everything written so far. */
  text(): string;
  /** The lines as objects. */
  entries(): Record<string, unknown>[];
}

/** A sink for `startService`'s `logStream`. */
export function createLogSink(): LogSink {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done): void {
      chunks.push(chunk.toString('utf8'));
      done();
    },
  });
  const text = (): string => chunks.join('');
  return {
    stream,
    text,
    entries: () =>
      text()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
