import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

describe('plain-jest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plain-jest-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const run = (...bodies: string[]): { status: number | null; stderr: string } => {
    const files = bodies.map((body, index) => {
      const file = join(folder, `${index}.test.ts`);
      writeFileSync(
        file,
        `import { afterAll, describe, expect, it, jest } from '@jest/globals';\ndescribe('a', () => {\n${body}\n});\n`,
      );
      return file;
    });
    return spawnSync(process.execPath, [join(import.meta.dirname, 'plain-jest.ts'), ...files], {
      encoding: 'utf8',
    });
  };
  const passes = `it.each([1, 2])('%i', async (n: number) => { expect(jest.fn(() => n)()).toBe(n); });`;

  it('ends with 0 when all tests pass, whatever they leave open', () => {
    const left = `it('leaves a timer', () => { setInterval(() => undefined, 1_000); });`;
    expect(run(passes, left)).toMatchObject({ status: 0 });
  });

  it.each([
    ['a test fails', `it('fails', () => { expect(1).toBe(2); });`, 'toBe'],
    ['a hook fails', `${passes} afterAll(() => { throw new Error('in the hook'); });`, 'in the hook'],
    [
      'something throws later',
      `it('waits', () => new Promise(() => { setImmediate(() => { throw new Error('later'); }); }));`,
      'later',
    ],
    ['a file cannot be read', `} {`, 'SyntaxError'],
  ])('ends with 1 and says why when %s', (_, body, why) => {
    const { status, stderr } = run(passes, body);
    expect(status).toBe(1);
    expect(stderr).toContain(why);
  });

  it('ends with 1 when there is no test', () => {
    expect(run().status).toBe(1);
    expect(run('').status).toBe(1);
  });
});
