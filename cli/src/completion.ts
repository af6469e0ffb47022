export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The completion script of a shell. It asks the program itself what may come next (complete.ts). */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: String.raw`# bash completion of careplane; load it with: source <(careplane completion bash)
_careplane() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :*) ;;
      *) COMPREPLY+=("${'$'}{line%%$'\t'*}") ;;
    esac
  done < <(careplane __complete "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _careplane careplane
`,
  zsh: String.raw`#compdef careplane
# zsh completion of careplane; load it with: careplane completion zsh > "${'$'}{fpath[1]}/_careplane"
_careplane() {
  local -a candidates
  local line
  while IFS= read -r line; do
    [[ $line == :* ]] && continue
    line=${'$'}{line//:/\\:}
    candidates+=("${'$'}{line/$'\t'/:}")
  done < <(careplane __complete "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)
  _describe word candidates || _files
}
# Loaded from fpath the file is the function's body; sourced, it registers itself.
if [ "$funcstack[1]" = _careplane ]; then
  _careplane "$@"
else
  compdef _careplane careplane
fi
`,
  fish: String.raw`# fish completion of careplane
function __careplane_complete
  set -l typed (commandline -opc) (commandline -ct)
  careplane __complete $typed[2..] 2>/dev/null | string match --invert --regex '^:'
end
complete -c careplane -a '(__careplane_complete)'
`,
};
