import { describe, expect, it } from '@jest/globals';
import { lastWords } from './lastWords.ts';

describe('the last words of a container', () => {
  it('are the last error among its log lines', () => {
    const log = [
      '{"level":"info","message":"starting","service":"a"}',
      '{"level":"error","message":"fatal","error":"BindingError","code":"ENOENT","reason":"no binding clinic-db"}',
      '{"level":"info","message":"stopped"}',
    ].join('\n');
    expect(lastWords(log)).toBe('fatal: BindingError: ENOENT: no binding clinic-db');
  });

  it('are what Node.js says of an uncaught error, without its stack', () => {
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
    expect(lastWords(log)).toBe('TypeError: config.port is not a function');
  });

  it('are the last line when nothing looks like an error', () => {
    expect(lastWords('one\ntwo\n\n')).toBe('two');
  });

  it('are none when it said nothing', () => {
    expect([lastWords(undefined), lastWords(''), lastWords('\n')]).toEqual([undefined, undefined, undefined]);
  });

  it('are taken from what is left when kubelet cut the first line', () => {
    expect(lastWords('vel":"error","message":"cut"}\n{"level":"error","message":"whole"}')).toBe('whole');
  });

  it('are short and on one line', () => {
    const words = lastWords(`error: ${'word '.repeat(200)}`);
    expect(words).toHaveLength(200);
    expect(words).toMatch(/…$/);
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
  ])('never hold %s', (_, line, personal) => {
    const words = lastWords(line);
    expect(words).toBeDefined();
    expect(words).not.toContain(personal);
  });
});
