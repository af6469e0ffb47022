import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Entry {
  name: string;
  about: string;
}

interface Words {
  commands: (Entry & { flags: Entry[]; values: string[] })[];
}

/** The completion script of a shell: commands, their flags, and the words that an argument may be. */
export function completionScript(shell: Shell, program: Command): string {
  const words = wordsOf(program);
  if (shell === 'bash') return bash(words);
  return shell === 'zsh' ? zsh(words) : fish(words);
}

function wordsOf(program: Command): Words {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    about: command.summary(),
    flags: [...command.options.map(({ long, description }) => ({ name: long ?? '', about: description }))],
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  }));
  return { commands };
}

function bash({ commands }: Words): string {
  const cases = commands.map(
    ({ name, flags, values }) =>
      `    ${name}) words="${[...flags.map((flag) => flag.name), '--help', ...values].join(' ')}" ;;`,
  );
  return `# bash completion of careplane; load it with: source <(careplane completion bash)
_careplane() {
  local words
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    *) words="" ;;
  esac
  [ "$COMP_CWORD" -gt 1 ] || words="${commands.map(({ name }) => name).join(' ')} --help --version"
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _careplane careplane kubectl-careplane
`;
}

function zsh({ commands }: Words): string {
  const described = (entries: readonly Entry[]): string =>
    entries.map(({ name, about }) => quoted(`${name.replaceAll(':', String.raw`\:`)}:${about}`)).join(' ');
  const cases = commands.map(
    ({ name, flags, values }) =>
      `    ${name}) candidates=(${described([...flags, ...values.map((value) => ({ name: value, about: '' }))])}) ;;`,
  );
  return `#compdef careplane kubectl-careplane
# zsh completion of careplane; load it with: careplane completion zsh > "\${fpath[1]}/_careplane"
_careplane() {
  local -a candidates
  if (( CURRENT == 2 )); then
    candidates=(${described(commands)})
    _describe command candidates
    return
  fi
  case "\$words[2]" in
${cases.join('\n')}
    *) candidates=() ;;
  esac
  _describe word candidates || _files
}
# Loaded from fpath the file is the function's body; sourced, it registers itself.
if [ "\$funcstack[1]" = _careplane ]; then
  _careplane "\$@"
else
  compdef _careplane careplane kubectl-careplane
fi
`;
}

function fish({ commands }: Words): string {
  const names = commands.map(({ name }) => name).join(' ');
  const lines = commands.flatMap(({ name, about, flags, values }) => [
    `complete -c careplane -f -n "not __fish_seen_subcommand_from ${names}" -a ${name} -d ${quoted(about)}`,
    ...flags.map(
      (flag) =>
        `complete -c careplane -n "__fish_seen_subcommand_from ${name}" -l ${flag.name.slice(2)} -d ${quoted(flag.about)}`,
    ),
    ...values.map((value) => `complete -c careplane -f -n "__fish_seen_subcommand_from ${name}" -a ${value}`),
  ]);
  return `# fish completion of careplane\n${lines.join('\n')}\n`;
}

/** In single quotes, which no shell looks into. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
