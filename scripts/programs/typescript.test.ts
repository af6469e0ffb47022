import { beforeAll, describe, expect, it } from '@jest/globals';
import { shellReader, type ShellReader } from './shell.ts';
import { programsOfTypeScript } from './typescript.ts';

describe('what a TypeScript file starts', () => {
  let shell: ShellReader;

  beforeAll(async () => {
    shell = await shellReader();
  });

  const started = (text: string): string[] =>
    programsOfTypeScript('a.ts', text, shell).map(({ program, line }) => `${program}:${line}`);

  it('is found through node:child_process, also under another name and promisified', () => {
    const text = `import { spawn, execFile as ef, exec } from 'node:child_process';
const run = promisify(ef);
spawn('a', ['b']); await run('c');
await promisify(ef)('d', []);
exec('e | f');`;
    expect(started(text)).toEqual(['a:3', 'c:3', 'd:4', 'sh:5', 'e:5', 'f:5']);
  });

  it('is found through our own functions, in the arguments of what starts programs, and in text for a shell', () => {
    expect(started("command('setpriv', ['--pdeathsig', 'KILL', 'etcd'])")).toEqual(['setpriv:1', 'etcd:1']);
    expect(started("startHostProcess('sh', ['-c', `grep ${x} | wc`])")).toEqual(['sh:1', 'grep:1', 'wc:1']);
  });

  it('is not taken from calls of anything else, nor guessed from variables', () => {
    expect(started("program.command('plan'); spawn('x'); run('y')")).toEqual([]);
    expect(
      started("import { spawn } from 'node:child_process'; spawn(process.execPath, [main]); spawn()"),
    ).toEqual([]);
  });
});
