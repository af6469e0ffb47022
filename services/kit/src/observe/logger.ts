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

/** Where winston's formats find the level of an entry and leave the formatted line (triple-beam). */
const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');

const line = winston.format.combine(withTrace(), winston.format.timestamp(), winston.format.json());
const { levels } = winston.config.npm;

/**
 * A logger of one JSON object per line, with the trace of the work at hand. Of winston it has the formats and the levels: its logger is
 * two streams in a row, which for each request cost more than the line.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { service, version, instance, level: least } = options;
  const output = options.stream ?? batched(process.stdout);
  const most = levels[least] ?? 0;
  const at = (level: keyof Logger): Logger[keyof Logger] => {
    if (levels[level] > most) return () => undefined;
    return (message, fields = {}) => {
      const entry = { service, version, instance, ...fields, level, message, [LEVEL]: level };
      const formatted = line.transform(entry) as { readonly [MESSAGE]?: unknown };
      output.write(`${String(formatted[MESSAGE])}\n`);
    };
  };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

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
