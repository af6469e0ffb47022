import { Writable } from 'node:stream';
import { isSpanContextValid, trace } from '@opentelemetry/api';
import winston from 'winston';

/** Structured logging; fields hold ids, codes and durations, never names, addresses, bodies or tokens. */
export interface Logger {
  error(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  debug(message: string, fields?: object): void;
}

export interface LoggerOptions {
  readonly service: string;
  readonly version: string;
  readonly instance: string;
  readonly level: string;
  /** Where the lines go; standard output when absent. */
  readonly stream?: NodeJS.WritableStream;
}

const withTrace = winston.format((info) => {
  const span = trace.getActiveSpan()?.spanContext();
  if (!span || !isSpanContextValid(span)) return info;
  return Object.assign(info, { trace_id: span.traceId, span_id: span.spanId });
});

/** A logger of one JSON object per line, with the trace of the work at hand. */
export function createLogger(options: LoggerOptions): Logger {
  const { service, version, instance } = options;
  const logger = winston.createLogger({
    level: options.level,
    defaultMeta: { service, version, instance },
    format: winston.format.combine(withTrace(), winston.format.timestamp(), winston.format.json()),
  });
  // a logger is a stream of its entries; winston's own transports would go through `console`
  logger.pipe(lines(options.stream ?? batched(process.stdout)));
  const at =
    (level: string) =>
    (message: string, fields: object = {}): void => {
      if (logger.isLevelEnabled(level)) logger.log(level, message, fields); // levels are the transports' matter otherwise
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** Where winston leaves the formatted line of an entry (triple-beam). */
const MESSAGE = Symbol.for('message');

/**
 * Standard output is written synchronously, a system call a line: lines of one turn of the event loop go together. None is lost when
 * the process exits.
 */
function batched(stream: NodeJS.WritableStream): Pick<NodeJS.WritableStream, 'write'> {
  let pending = '';
  const flush = (): void => {
    if (pending === '') return;
    const text = pending;
    pending = '';
    stream.write(text);
  };
  process.once('exit', flush);
  return {
    write(line: string | Uint8Array): boolean {
      if (pending === '') setImmediate(flush);
      pending += String(line);
      return true;
    },
  };
}

function lines(stream: Pick<NodeJS.WritableStream, 'write'>): Writable {
  return new Writable({
    objectMode: true,
    write(entry: Record<symbol, unknown>, _encoding, done): void {
      stream.write(`${String(entry[MESSAGE])}\n`);
      done();
    },
  });
}
