import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { completionScript } from './completion.ts';
import { EXAMPLES } from './examples.ts';
import { recordingTerminal } from './fixtures/recording-terminal.ts';
import { buildProgram, run } from './program.ts';
import { referencePage } from './reference.ts';
import { VERSION } from './version.ts';

const root = join(import.meta.dirname, '../..');

async function careplane(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const terminal = recordingTerminal({ HOME: '/nowhere' });
  const code = await run(args, terminal);
  return { code, output: terminal.output(), errors: terminal.errors() };
}

const program = buildProgram(recordingTerminal(), () => undefined);
const commands = program.commands.map((command) => command.name());

describe('careplane', () => {
  it('has a help with examples for every command', async () => {
    for (const command of commands) {
      const { code, output } = await careplane(command, '--help');
      expect(code).toBe(0);
      expect(output).toContain(`Usage: careplane ${command}`);
      for (const example of EXAMPLES[command] ?? ['(no examples)']) expect(output).toContain(example);
    }
  });

  it('has the version of its package', async () => {
    const manifest = JSON.parse(readFileSync(join(root, 'cli/package.json'), 'utf8')) as { version: string };
    expect(VERSION).toBe(manifest.version);
    expect((await careplane('--version')).output).toBe(`${VERSION}\n`);
  });

  it('calls itself what it was called', () => {
    const terminal = recordingTerminal({ CAREPLANE_CLI_NAME: 'kubectl careplane' });
    expect(buildProgram(terminal, () => undefined).helpInformation()).toContain('Usage: kubectl careplane');
  });

  it('ends with 1 and a line for what it does not understand', async () => {
    expect(await careplane('fly')).toMatchObject({
      code: 1,
      errors: expect.stringContaining("unknown command 'fly'") as unknown,
    });
    expect((await careplane('logs', 'a', '--since', 'soon')).errors).toContain('a number with s, m, h or d');
    expect((await careplane('plan')).errors).toContain("required option '-f, --filename <path>'");
  });

  it('ends with 1 and says what to do when there is no kubeconfig', async () => {
    const { code, errors } = await careplane('status');
    expect(code).toBe(1);
    expect(errors).toMatch(
      /^careplane: there is no kubeconfig \/nowhere\/\.kube\/config: name one with --kubeconfig.*\n$/,
    );
  });

  it('loads nothing of the operator before a command needs it: --help has to be quick', () => {
    const imports = spawnSync(
      process.execPath,
      ['--trace-event-categories', 'none', '--input-type=module', '-e', loadedModules()],
      { cwd: root, encoding: 'utf8' },
    );
    expect(imports.stderr).toBe('');
    const loaded = JSON.parse(imports.stdout) as string[];
    expect(loaded.filter((url) => url.includes('/operator/') || url.includes('/zod/'))).toEqual([]);
    expect(loaded.some((url) => url.includes('/commander/'))).toBe(true);
  });
});

/** Prints the files that loading the program loads. */
function loadedModules(): string {
  const main = JSON.stringify(new URL('./program.ts', import.meta.url).href);
  return `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
await import(${main});
process.stdout.write(JSON.stringify(loaded));`;
}

describe('careplane graph -f', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'careplane-graph-'));
    writeFileSync(
      join(folder, 'a.yaml'),
      `apiVersion: careplane.dev/v1alpha1
kind: HealthcareService
metadata: { name: a, namespace: clinic }
spec: { image: a:1, role: gateway, dataClass: public, http: {}, calls: [{ service: b }] }
`,
    );
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('needs no cluster', async () => {
    const { code, output } = await careplane('graph', '-f', folder);
    expect(code).toBe(0);
    expect(output).toContain('└─ calls      b (missing)  http');
    expect((await careplane('graph', '-f', folder, '-o', 'dot')).output).toMatch(/^digraph careplane \{/);
    const graph = JSON.parse((await careplane('graph', '-f', folder, '-o', 'json')).output) as {
      edges: unknown[];
    };
    expect(graph.edges).toHaveLength(1);
  });

  it('shows the namespace that is asked for only', async () => {
    expect((await careplane('graph', '-f', folder, '-n', 'other')).output).toBe('nothing is declared\n');
  });
});

describe('careplane explain', () => {
  it('tells a condition with all its reasons, or a reason with its condition, whatever the case', async () => {
    const condition = (await careplane('explain', 'edgesenforced')).output;
    expect(condition).toContain('EdgesEnforced, condition of HealthcareService');
    expect(condition).toContain('ShadowClean (False)');
    const reason = (await careplane('explain', 'CrashLooping')).output;
    expect(reason).toContain('reason of Available=False of HealthcareService');
    expect(reason).toContain('What to do: ');
  });

  it('lists the conditions without a name, and names that are alike for one that is not there', async () => {
    expect((await careplane('explain')).output).toContain('EdgesResolved');
    const { code, errors } = await careplane('explain', 'Dangling');
    expect(code).toBe(1);
    expect(errors).toContain('there are: DanglingEdge');
  });
});

describe('completion', () => {
  const words = async (...typed: string[]): Promise<string[]> => {
    const { output } = await careplane('__complete', ...typed);
    return output
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t', 1)[0] ?? '');
  };

  it('offers commands with what they are for, in the form that kubectl reads', async () => {
    const { code, output } = await careplane('__complete', 'pl');
    expect(code).toBe(0);
    expect(output).toBe('plan\twhat would change if the files were applied\n:4\n');
    expect(await words('')).toEqual([...commands, ':4']);
  });

  it('offers flags, values of flags and of arguments, and names to explain', async () => {
    expect(await words('logs', '--f')).toEqual(['--follow', ':4']);
    expect(await words('logs', 'a', '--level', 'w')).toEqual(['warn', ':4']);
    expect(await words('completion', 'f')).toEqual(['fish', ':4']);
    expect(await words('explain', 'EdgesE')).toEqual(['EdgesEnforced', ':4']);
  });

  it('leaves paths to the shell, and offers nothing where it knows nothing: no kubeconfig is no error', async () => {
    expect(await words('plan', '-f', '')).toEqual([':0']);
    expect(await words('logs', '')).toEqual([':4']);
    expect(await words('fly', '')).toEqual([':4']);
  });

  it('for bash is a script that bash takes, and asks the program', () => {
    const complete = (...typed: string[]): string[] => {
      const line = typed.map((word) => `'${word}'`).join(' ');
      const main = join(import.meta.dirname, 'main.ts');
      const ask = `careplane() { '${process.execPath}' '${main}' "$@"; }
${completionScript('bash')}
COMP_WORDS=(careplane ${line}); COMP_CWORD=${String(typed.length)}; _careplane; echo "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', ask], { encoding: 'utf8' });
      expect(stderr).toBe('');
      return stdout.trim().split(' ');
    };
    expect(complete('pl')).toEqual(['plan']);
    expect(complete('logs', '--f')).toEqual(['--follow']);
  });

  it.each(['zsh', 'fish'] as const)('for %s asks the program', (shell) => {
    expect(completionScript(shell)).toContain('careplane __complete');
  });
});

describe('docs/reference/cli.md', () => {
  it('is what the commands say of themselves (write it anew: node cli/src/reference.ts)', () => {
    expect(readFileSync(join(root, 'docs/reference/cli.md'), 'utf8')).toBe(referencePage());
  });
});
