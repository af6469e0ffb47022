import { Writable } from 'node:stream';
import winston from 'winston';
import type { Logger } from '../controller.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** The key under which winston's formats leave the finished line (triple-beam). */
const LINE = Symbol.for('message');

function standardOutput(): Writable {
  return new Writable({
    objectMode: true,
    write: (entry: Record<symbol, unknown>, _encoding, done) => {
      process.stdout.write(`${String(entry[LINE])}\n`);
      done();
    },
  });
}

/** JSON lines on standard output: `timestamp`, `level`, `message` and the fields. */
export function createLogger(level: LogLevel): Logger {
  const logger = winston.createLogger({
    level,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  });
  // A logger is a stream of its entries; winston's own transports would go through `console`.
  logger.pipe(standardOutput());
  return wrap((name, message, fields) => logger.log(name, message, fields));
}

/** The same log with fields added to every line. */
export function withFields(log: Logger, fields: Record<string, unknown>): Logger {
  return wrap((level, message, more) => {
    log[level](message, { ...fields, ...more });
  });
}

/** Says nothing; for tests that do not read logs. */
export const silentLogger: Logger = wrap(() => undefined);

function wrap(write: (level: LogLevel, message: string, fields: Record<string, unknown>) => unknown): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      write(level, message, fields);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
