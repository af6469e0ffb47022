import { describe, expect, it } from '@jest/globals';
import { declaredPrograms, packagePrograms } from './declared.ts';
import { recipesOf } from './makefile.ts';

const PACKAGES = `# a comment
PACKAGES='
runc|/usr/sbin/runc|starts containers|runc
procps|/usr/bin/pgrep|finds processes|pgrep ps
libatomic1|/usr/lib/libatomic.so.1|Node|
'`;

describe('a program is declared', () => {
  const isDeclared = declaredPrograms({
    packages: PACKAGES,
    binaries: {
      calls: [],
      functions: [],
      arrays: new Map([['TOOLS', ['./coredns', 'helm.sh/helm/v3/cmd/helm']]]),
    },
    npm: ['eslint'],
  });

  it.each(['printf', 'sed', 'npm', 'ps', 'helm', 'coredns', 'eslint', 'careplane'])(
    'when it is %s',
    (program) => {
      expect(isDeclared(program, 'scripts/lint.sh')).toBe(true);
    },
  );

  it('unless nothing brings it', () => {
    expect(isDeclared('shellcheck', 'scripts/lint.sh')).toBe(false);
    expect(isDeclared('', 'scripts/lint.sh')).toBe(false);
  });

  it('where its user is asked for it, and only there', () => {
    expect(isDeclared('docker', 'cluster/kind/up.sh')).toBe(true);
    expect(isDeclared('docker', 'scripts/up.sh')).toBe(false);
  });
});

it('packagePrograms reads the last column of the table', () => {
  expect(packagePrograms(PACKAGES)).toEqual(['runc', 'pgrep', 'ps']);
});

it('recipesOf keeps the lines of recipes where they are, as the shell gets them', () => {
  expect(recipesOf("up: ## text\n\t@awk '{print $$1}' $(LIST)\nX := y")).toBe("\nawk '{print $1}' LIST\n");
});
