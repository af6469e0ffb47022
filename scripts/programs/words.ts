/** A call of a program, and where it stands. */
export interface Call {
  program: string;
  /** Counted from 1. */
  line: number;
}

/** A word of a command; what only the run decides is `undefined`. */
export type Word = string | undefined;

/** What a program that starts another one has in front of that one's name. */
interface Starter {
  /** Options whose value is a word of its own. */
  valued?: readonly string[];
  /** Words that are no options. */
  positional?: number;
}

/** Programs, builtins and functions of our scripts that start what their further words name. */
const STARTERS: Readonly<Record<string, Starter>> = {
  exec: { valued: ['-a'] },
  builtin: {},
  command: {},
  env: { valued: ['-u', '-C'] },
  nice: { valued: ['-n'] },
  nohup: {},
  nsenter: { valued: ['-t', '-S', '-G'] },
  setpriv: { valued: ['--pdeathsig', '--reuid', '--regid'] },
  setsid: {},
  sudo: { valued: ['-u'] },
  time: {},
  timeout: { valued: ['-s', '-k'], positional: 1 },
  unshare: { valued: ['-S', '-G', '--propagation'] },
  xargs: { valued: ['-I', '-n', '-L', '-P', '-d', '-a', '-s'] },
  check: { positional: 1 },
  in_netns: {},
  run: { positional: 1 },
  step: { positional: 1 },
  wait_until: { positional: 2 },
};

/** An option, an assignment, or the variable of a redirection (`exec {out}>&1`). */
const BEFORE_A_COMMAND = /^(?:-|[A-Za-z_]\w*=|\{\w+\}$)/;
const SHELLS = ['sh', 'bash'];

/** What a command starts besides itself: another command, or text that a shell reads. */
export interface Started {
  command?: readonly Word[];
  script?: string;
}

/** What the command hands on to be started; empty for most. `chroot` hands on, too, but into another root file system. */
export function startedBy([name = '', ...rest]: readonly Word[]): Started {
  if (name === 'trap') return trapped(rest);
  if (name === 'find') return { command: executed(rest) };
  if (SHELLS.includes(name)) return scriptIn(rest);
  const asks = name === 'command' && /^-[vV]$/.test(rest[0] ?? '');
  const starter = Object.hasOwn(STARTERS, name) && !asks ? STARTERS[name] : undefined;
  return starter === undefined ? {} : { command: afterOptions(rest, starter) };
}

/** `trap -` takes a trap back. */
function trapped([script]: readonly Word[]): Started {
  return script === undefined || script === '-' ? {} : { script };
}

/** The text after `-c`. */
function scriptIn(words: readonly Word[]): Started {
  const at = words.findIndex((word) => /^-[a-z]*c$/.test(word ?? ''));
  const script = at < 0 ? undefined : words[at + 1];
  return script === undefined ? {} : { script };
}

/** The command of the first `-exec` of find. */
function executed(words: readonly Word[]): readonly Word[] {
  const at = words.findIndex((word) => word === '-exec' || word === '-execdir');
  return at < 0 ? [] : words.slice(at + 1);
}

function afterOptions(words: readonly Word[], { valued = [], positional = 0 }: Starter): readonly Word[] {
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') return words.slice(at + 1 + positional);
    if (valued.includes(word)) at++;
    else if (!BEFORE_A_COMMAND.test(word)) break;
  }
  return words.slice(at + positional);
}
