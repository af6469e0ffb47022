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
  app: ['careplane app list -n clinic'],
  'app add': [
    'careplane app add "Diary" -n clinic --redirect https://diary.example/callback',
    'careplane app add "Statistics" -n clinic --jwks keys.json --scope system/Appointment.rs',
  ],
  'app list': ['careplane app list -n clinic', 'careplane app list -n clinic -o json'],
  'app remove': ['careplane app remove 0198c2f4-3f6a-7d53-b1a6-2b0f5a1c9e7d -n clinic'],
  documents: ['careplane documents encrypt -r age1pq1... -o letter.age letter.pdf'],
  'documents keygen': [
    'careplane documents keygen -o my.key',
    'careplane documents keygen --public my.key',
    'careplane documents keygen --kind x25519 -o old.key     for programs that know no hybrid keys',
  ],
  'documents encrypt': [
    'careplane documents encrypt -r age1pq1... -r age1pq1... -o letter.age letter.pdf',
    'tar c scans | careplane documents encrypt -R colleagues.txt > scans.tar.age',
  ],
  'documents decrypt': [
    'careplane documents decrypt -i my.key -o letter.pdf letter.age',
    'careplane documents decrypt -i my.key < scans.tar.age | tar x',
  ],
  'documents share': [
    'careplane documents share -i my.key -R everybody.txt -o shared.age letter.age',
    'careplane documents share --document 3f1c... -i my.key --for Patient/1 --for Practitioner/2',
  ],
  'documents inspect': ['careplane documents inspect letter.age'],
  'documents upload': [
    'careplane documents upload --patient Patient/1 --for Patient/1 --for Practitioner/2 -R my.pub --url https://clinic.example letter.pdf',
    'careplane documents upload --patient Patient/1 --as-is letter.age       encrypted by age',
  ],
  'documents download': ['careplane documents download -i my.key -o letter.pdf 3f1c...'],
  'documents keys': ['careplane documents keys publish my.key --token-file token'],
  'documents keys publish': ['careplane documents keys publish my.key --token-file token'],
  'documents keys list': ['careplane documents keys list Practitioner/2'],
  'documents keys end': ['careplane documents keys end 8a2e...'],
  audit: [
    'careplane audit export export/ -n clinic --token-file token',
    'careplane audit verify export/ --key log.vkey',
  ],
  'audit keygen': ['careplane audit keygen careplane.dev/clinic/audit -o audit.key'],
  'audit export': [
    'careplane audit export export/ --url https://clinic.example --no-records',
    'careplane audit export export/ -n clinic --token-file token',
  ],
  'audit verify': [
    'careplane audit verify export/ --key log.vkey --witness-key witness.vkey',
    'careplane audit verify export.tar --key log.vkey --since checkpoint-of-last-year',
  ],
  'audit who-saw': [
    'careplane audit who-saw 0198c2f4-3f6a-7d53-b1a6-2b0f5a1c9e7d -n clinic --token-file token',
    'careplane audit who-saw 0198c2f4-3f6a-7d53-b1a6-2b0f5a1c9e7d --since 2026-11-01 -o json',
  ],
  records: ['careplane records export records/ -n clinic --token-file token'],
  'records export': [
    'careplane records export records/ --url https://clinic.example --token-file token',
    'careplane records export changed/ --type Observation --type Condition --since 2026-11-01T00:00:00Z',
  ],
  completion: [
    'source <(careplane completion bash)',
    'careplane completion zsh > "${fpath[1]}/_careplane"',
    'careplane completion fish > ~/.config/fish/completions/careplane.fish',
  ],
};
