// Writes what is generated beside the operator's own: `node scripts/generated/main.ts`; `--check` fails naming what is stale.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { accessPage } from './access.ts';
import { auditEventsPage } from './audit-events.ts';
import { argocdConfig } from './argocd.ts';
import { chartReadme } from './chart-readme.ts';
import { openApiFiles } from './openapi.ts';

const ROOT = join(import.meta.dirname, '../..');

const FILES: Readonly<Record<string, (root: string) => string>> = {
  'charts/careplane/README.md': chartReadme,
  'docs/reference/access.md': accessPage,
  'docs/reference/audit-events.md': auditEventsPage,
  'integrations/argocd/argocd-cm.yaml': argocdConfig,
};

function isFresh(path: string, content: string): boolean {
  return existsSync(join(ROOT, path)) && readFileSync(join(ROOT, path), 'utf8') === content;
}

function write(path: string, content: string): void {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), content);
}

async function main(args: readonly string[]): Promise<void> {
  const files = Object.entries(FILES).map(([path, generate]) => ({ path, content: generate(ROOT) }));
  const stale = [...files, ...(await openApiFiles(ROOT))].filter(
    ({ path, content }) => !isFresh(path, content),
  );
  if (!args.includes('--check')) for (const { path, content } of stale) write(path, content);
  else if (stale.length > 0) {
    process.stderr.write(
      `stale: ${stale.map(({ path }) => path).join(', ')}\nrun: node scripts/generated/main.ts\n`,
    );
    process.exitCode = 1;
  }
}

await main(process.argv.slice(2));
