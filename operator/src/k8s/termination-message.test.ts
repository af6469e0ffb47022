import { describe, expect, it } from '@jest/globals';
import { terminationSummary } from './termination-message.ts';

/** A line of the kit's logger. */
function ours(message: string): string {
  const fields = { service: 'a', version: '0.1.0', instance: 'a-1' };
  return JSON.stringify({ level: 'error', message, ...fields });
}

describe('the summary of a last termination message', () => {
  it('is the last error among the log lines', () => {
    const log = [
      '{"level":"info","message":"starting","service":"a"}',
      '{"level":"error","message":"fatal","error":"BindingError","code":"ENOENT","reason":"no binding clinic-db"}',
      '{"level":"info","message":"stopped"}',
    ].join('\n');
    expect(terminationSummary(log)).toBe('fatal: BindingError: ENOENT: no binding clinic-db');
  });

  it('is what Node.js says of an uncaught error, without its stack', () => {
    const log = [
      '/app/main.js:1:2',
      '    throw new TypeError("x");',
      '    ^',
      '',
      'TypeError: config.port is not a function',
      '    at main (/app/main.js:1:2)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:103:5)',
      '',
      'Node.js v26.10.0',
    ].join('\n');
    expect(terminationSummary(log)).toBe('TypeError');
  });

  it('is the class and the system’s code of what another program says, and nothing else of it', () => {
    expect(terminationSummary('Error: connect ECONNREFUSED 10.0.0.1:27017 (MongoNetworkError)')).toBe(
      'MongoNetworkError: ECONNREFUSED',
    );
    expect(terminationSummary('java.lang.NullPointerException: Mueller\nsome more text')).toBe(
      'NullPointerException',
    );
    expect(terminationSummary('{"message":"no record for Mueller","error":"KeyError"}')).toBe('KeyError');
    expect(terminationSummary('one\ntwo\n\n')).toBeUndefined();
  });

  it('is none where there is no message', () => {
    expect([terminationSummary(undefined), terminationSummary(''), terminationSummary('\n')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is taken from what is left when kubelet cut the first line', () => {
    expect(terminationSummary(`vel":"error","message":"cut"}\n${ours('whole')}`)).toBe('whole');
  });

  it('is short and on one line', () => {
    const summary = terminationSummary(ours('word '.repeat(200)));
    expect(summary).toHaveLength(200);
    expect(summary).toMatch(/…$/);
  });

  it.each([
    ['no slot for patient Müller', 'Müller'],
    ['Error: booking for Mueller failed', 'Mueller'],
    ['error: MUELLER ANNA not found', 'MUELLER'],
    ['Authentication failed for user anna', 'anna'],
    ['row (Mueller, Anna)', 'Mueller'],
    ['{"level":"error","message":"no record for Mueller"}', 'Mueller'],
    ['error: born February 29, 1980', 'February'],
    ['error: password hunter2 rejected', 'hunter2'],
    ['invalid token abc123', 'abc123'],
    ['PIN 4711', '4711'],
    ['E11000 duplicate key error: dup key: { value: "Mueller" }', 'Mueller'],
    ['panic: EMUELLER is no code', 'EMUELLER'],
  ])('of a program that is not ours never holds its text: %s', (line, personal) => {
    expect(terminationSummary(line) ?? '').not.toContain(personal);
  });

  it.each([
    ['an e-mail address', 'failed for anna.mueller@example.org', 'anna'],
    ['a name after a key', 'error: patientName=Mueller is invalid', 'Mueller'],
    ['a name in JSON', 'error: {"family":"Mueller","given":["Anna"]} is invalid', 'Mueller'],
    ['a quoted value', 'E11000 duplicate key error: dup key: { value: "Mueller" }', 'Mueller'],
    ['first and last name', 'Error: no record for Anna Mueller', 'Mueller'],
    ['a date of birth', 'Error: born 1980-02-29 is impossible', '1980'],
    ['a telephone number', 'error: cannot call +49 (30) 123 45', '123'],
    ['a record number', 'error: record 4711234 not found', '4711234'],
    ['a FHIR reference', 'error: Patient/pat-77 not found', 'pat-77'],
    ['a UUID', 'error: 3f2504e0-4f89-41d3-9a0c-0305e82c3301 gone', '3f2504e0'],
    ['a ULID', 'error: 01JDA9YV3M6Q8Z4T2B7K5N1CXW gone', '01JDA9YV'],
    ['a connection string', 'cannot reach mongodb://appointments:s3cr3t@clinic-db-0:27017/x', 's3cr3t'],
    ['a password', 'error: login failed, password: hunter2', 'hunter2'],
    ['a token', 'error: 401 for Authorization: Bearer abc.def', 'abc.def'],
    ['a JSON Web Token', 'error: bad eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2ln', 'c2ln'],
    ['a secret of a URL', 'fetch failed https://x.example/reset?token=abcd', 'abcd'],
  ])('of our own services, too, never holds %s', (_, line, personal) => {
    const summary = terminationSummary(ours(line));
    expect(summary).toBeDefined();
    expect(summary).not.toContain(personal);
  });
});
