/** Examples that `--help` shows, by command; docs/reference/cli.md has them too. */
export const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  careplane: [
    'careplane status -A                        what is Ready, everywhere',
    'careplane plan -f examples/clinic/         what applying it would change',
    'careplane explain DanglingEdge             what it means and what to do',
    'kubectl careplane graph -n clinic          the same program as a plugin of kubectl',
  ],
  plan: [
    'careplane plan -f examples/clinic/',
    "kubectl get hs gateway -n clinic -o yaml | sed 's/replicas: 2/replicas: 3/' | careplane plan -f -",
    'careplane plan -f clinic.yaml --exit-code || echo "there is something to do (or an error: 1)"',
  ],
  graph: [
    'careplane graph -n clinic',
    'careplane graph -f examples/clinic/ -o mermaid',
    'careplane graph -A -o dot | dot -Tsvg > graph.svg',
  ],
  status: ['careplane status -n clinic', 'careplane status -A --exit-code && echo all is Ready'],
  explain: ['careplane explain EdgesResolved', 'careplane explain CrashLooping', 'careplane explain'],
  logs: [
    'careplane logs appointments -n clinic --since 5m --level warn',
    'careplane logs gateway -n clinic -f',
  ],
  top: ['careplane top -n clinic', 'careplane top -A'],
  completion: [
    'source <(careplane completion bash)',
    'careplane completion zsh > "${fpath[1]}/_careplane"',
    'careplane completion fish > ~/.config/fish/completions/careplane.fish',
  ],
};
