import { describe, expect, it } from '@jest/globals';
import { Conflict } from '../http/errors.ts';
import { createLogSink } from '../testing/log-sink.ts';
import { describeError, errorCode } from './describe-error.ts';
import { createLogger } from './logger.ts';

describe('errors in logs', () => {
  it('hold no message of a class that may quote data, in no cause either, and no line of the stack that repeats it', () => {
    const quoting = new SyntaxError('"waltraud@mail.example" is not JSON');
    const outer = Object.assign(new Error('E11000 dup key: waltraud@mail.example'), {
      code: 11_000,
      cause: quoting,
    });
    const text = JSON.stringify(describeError(outer));
    expect(text).not.toContain('waltraud');
    expect(describeError(outer)).toMatchObject({
      error: 'Error',
      code: '11000',
      cause: { error: 'SyntaxError' },
    });
    expect(text).toContain('describe-error.test.ts');
  });

  it('keep what code wrote: problems and system errors', () => {
    expect(describeError(new Conflict('The slot is taken'))).toMatchObject({
      error: 'Conflict',
      reason: 'The slot is taken',
    });
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
      code: 'ECONNREFUSED',
      errno: -111,
      syscall: 'connect',
    });
    expect(describeError(refused).reason).toContain('ECONNREFUSED');
  });

  it('reduce to a code that fits a header, whatever was thrown', () => {
    expect(errorCode(Object.assign(new Error('x'), { code: 'E SMTP: waltraud' }))).toBe('Error');
    expect(errorCode(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).toBe('ECONNRESET');
    expect(errorCode('waltraud')).toBe('Unknown');
  });
});

describe('the logger', () => {
  it('writes one JSON object a line with who wrote it, and nothing below its level', () => {
    const sink = createLogSink();
    const logger = createLogger({
      service: 's',
      version: 'v',
      instance: 'i',
      level: 'info',
      stream: sink.stream,
    });
    logger.info('hello', { a: 1 });
    logger.debug('not shown');
    expect(sink.entries()).toEqual([
      {
        level: 'info',
        message: 'hello',
        a: 1,
        service: 's',
        version: 'v',
        instance: 'i',
        timestamp: expect.any(String),
      },
    ]);
  });
});
