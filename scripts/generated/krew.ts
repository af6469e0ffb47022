import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';

/** What a release publishes. */
export interface Release {
  /** As `0.1.0`. */
  version: string;
  /** SHA-256 of the archive, in hexadecimal. */
  sha256: string;
}

/** One archive for all: it is JavaScript. */
const PLATFORMS = [
  { os: 'linux', arch: 'amd64' },
  { os: 'linux', arch: 'arm64' },
  { os: 'darwin', arch: 'amd64' },
  { os: 'darwin', arch: 'arm64' },
];

/** The manifest of `kubectl careplane` for krew (https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/). */
export function krewManifest({ version, sha256 }: Release): string {
  const uri = `https://github.com/careplane/careplane/releases/download/v${version}/kubectl-careplane.tar.gz`;
  const manifest = {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'careplane' },
    spec: {
      version: `v${version}`,
      homepage: 'https://github.com/careplane/careplane',
      shortDescription: 'Plan, watch and explain a healthcare platform',
      description: [
        'Shows what a change of HealthcareServices, stores, brokers and policies would do,',
        'how far it is, what its conditions mean, and who talks to whom.',
        '',
      ].join('\n'),
      caveats: 'Needs Node 26 or newer on the PATH.\n',
      platforms: PLATFORMS.map(({ os, arch }) => ({
        selector: { matchLabels: { os, arch } },
        uri,
        sha256,
        bin: 'kubectl-careplane',
        files: [{ from: '*', to: '.' }],
      })),
    },
  };
  return stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** `krew.ts --version 0.1.0 --archive <file> --out <file>`. */
function main(args: readonly string[]): void {
  const text = { type: 'string', default: '' } as const;
  const options = { version: text, archive: text, out: text };
  const { values } = parseArgs({ args: [...args], options });
  const sha256 = createHash('sha256').update(readFileSync(values.archive)).digest('hex');
  writeFileSync(values.out, krewManifest({ version: values.version, sha256 }));
}

if (import.meta.main) main(process.argv.slice(2));
