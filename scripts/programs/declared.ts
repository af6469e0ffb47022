import type { ShellScript } from './shell.ts';

/** Of bash itself. */
const BUILTINS = `. : [ alias bg break builtin cd command continue declare echo eval exec exit export false fg getopts hash
  help jobs kill let local mapfile popd printf pushd pwd read readarray readonly return set shift shopt source test time
  times trap true type typeset ulimit umask unalias unset wait`;

/** What every Debian has: essential packages, what these need, and apt. Of each only what is called here. */
const ESSENTIAL = {
  apt: 'apt-config apt-get',
  bash: 'bash',
  coreutils: `basename base64 cat chmod chown chroot comm cp cut date df dirname env head id install ln ls mkdir mktemp mv nice
    nohup readlink rm rmdir seq sha256sum sleep sort stat tail tee timeout touch tr truncate uname`,
  dash: 'sh',
  diffutils: 'cmp diff',
  dpkg: 'dpkg dpkg-deb dpkg-query',
  findutils: 'find xargs',
  grep: 'grep',
  hostname: 'hostname',
  mawk: 'awk',
  'perl-base': 'perl',
  sed: 'sed',
  tar: 'tar',
  'util-linux': 'flock nsenter pivot_root setpriv setsid unshare',
};

/** What the README asks for before anything else. */
const PREREQUISITES = 'git go make node npm';

/** What some part asks its user for, with a sentence when it is not there; nowhere else may it be called. */
const ASKED_FOR = [
  { under: 'cluster/kind/', programs: 'docker kind kubectl helm' },
  // unpacked by its build.sh
  { under: 'cluster/kind/test/', programs: 'dockerd' },
  // where there is no sha256sum (macOS)
  { under: 'cluster/lib/settings.sh', programs: 'shasum' },
  { under: 'cluster/images/dockerfile-check.sh', programs: 'buildah' },
];

/** The arrays of cluster/embedded/lib/binaries.sh that name what is built: programs, and Go packages named after theirs. */
const BUILT = ['KUBE_NAMES', 'SMALL', 'POLICY', 'KUBE', 'TOOLS'];

/** Where what is installed and built is written down. */
export interface Sources {
  /** cluster/embedded/lib/packages.sh. */
  packages: string;
  /** cluster/embedded/lib/binaries.sh. */
  binaries: ShellScript;
  /** The names in node_modules/.bin. */
  npm: readonly string[];
}

/** Whether a file may call a program. */
export type IsDeclared = (program: string, file: string) => boolean;

export function declaredPrograms({ packages, binaries, npm }: Sources): IsDeclared {
  const everywhere = new Set([
    ...words(BUILTINS),
    ...Object.values(ESSENTIAL).flatMap(words),
    ...words(PREREQUISITES),
    ...packagePrograms(packages),
    ...BUILT.flatMap((name) => binaries.arrays.get(name) ?? []).map(baseName),
    // scripts/install-cli.sh, scripts/promtool.sh
    'careplane',
    'promtool',
    ...npm,
  ]);
  return (program, file) =>
    everywhere.has(program) ||
    ASKED_FOR.some(({ under, programs }) => file.startsWith(under) && words(programs).includes(program));
}

/** The last column of the table in packages.sh. */
export function packagePrograms(packages: string): string[] {
  const rows = packages.split('\n').map((line) => line.split('|'));
  return rows.filter((columns) => columns.length === 4).flatMap(([, , , programs = '']) => words(programs));
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
