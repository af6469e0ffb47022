import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));
const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const rules = join(root, '.dependency-cruiser.mjs');

interface Violation {
  rule: { name: string };
  from: string;
  to: string;
}

/** What the rules say about a tree of these files: `rule: from -> to`. */
async function violations(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'careplane-layers-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const args = [cruiser, '--config', rules, '--output-type', 'json', '.'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    const { summary } = JSON.parse(stdout) as { summary: { violations: Violation[] } };
    return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort();
  } finally {
    await rm(folder, { recursive: true });
  }
}

const CONTROLLERS = 'operator/src/controllers';
const type = (path: string): string => `import type { T } from '${path}';\nexport type U = T;\n`;
const main = (...paths: string[]): Record<string, string> => ({
  'operator/src/main.ts': paths.map((path) => `import '${path}';\n`).join(''),
});

describe('the rules of .dependency-cruiser.mjs', () => {
  it('let every layer import those below, and tests import everything', async () => {
    const files = {
      ...main('./controllers/store/plan.ts'),
      [`${CONTROLLERS}/store/plan.ts`]: type('../../engines/redis.ts'),
      [`${CONTROLLERS}/store/plan.test.ts`]: type('../broker/plan.ts'),
      [`${CONTROLLERS}/broker/plan.test.ts`]: '',
      'operator/src/engines/redis.ts': type('../k8s/pod.ts'),
      'operator/src/k8s/pod.ts': type('../api/kind.ts'),
      'operator/src/api/kind.ts': 'export type T = 1;\n',
    };
    expect(await violations(files)).toEqual([]);
  });

  it('refuse a cycle, also one of types alone', async () => {
    const files = {
      ...main('./runtime/a.ts'),
      'operator/src/runtime/a.ts': type('./b.ts'),
      'operator/src/runtime/b.ts': type('./a.ts'),
    };
    expect(await violations(files)).toEqual([
      'no-cycle: operator/src/runtime/a.ts -> operator/src/runtime/b.ts',
    ]);
  });

  it('refuse a controller that imports the folder of another one', async () => {
    const files = {
      ...main('./controllers/store/plan.ts'),
      [`${CONTROLLERS}/store/plan.ts`]: type('../broker/names.ts'),
      [`${CONTROLLERS}/broker/names.ts`]: 'export type T = 1;\n',
    };
    expect(await violations(files)).toEqual([
      `one-folder-a-controller: ${CONTROLLERS}/store/plan.ts -> ${CONTROLLERS}/broker/names.ts`,
    ]);
  });

  it.each([
    ['k8s', 'graph'],
    ['engines', 'controllers'],
    ['runtime', 'api'],
    ['webhooks', 'controllers'],
  ])('refuse an arrow up or to the side: %s to %s', async (lower, upper) => {
    const files = {
      ...main(`./${lower}/a.ts`),
      [`operator/src/${lower}/a.ts`]: type(`../${upper}/b.ts`),
      [`operator/src/${upper}/b.ts`]: 'export type T = 1;\n',
    };
    const arrow = `operator/src/${lower}/a.ts -> operator/src/${upper}/b.ts`;
    expect(await violations(files)).toEqual([`operator-${lower}: ${arrow}`]);
  });

  it.each(['booking/book-route.ts', 'slots/routes.ts', 'router.ts', 'problems.ts'])(
    'refuse what a service decides when it imports %s, which the routes may',
    async (speaker) => {
      const from = 'services/appointments/src';
      const files = {
        [`${from}/main.ts`]: `import './booking/read-routes.ts';\n`,
        [`${from}/booking/read-routes.ts`]: `${type(`../${speaker}`)}import './book.ts';\n`,
        [`${from}/booking/book.ts`]: type(`../${speaker}`),
        [`${from}/${speaker}`]: 'export type T = 1;\n',
      };
      expect(await violations(files)).toEqual([
        `domain-without-http: ${from}/booking/book.ts -> ${from}/${speaker}`,
      ]);
    },
  );

  it('refuse a file that only its test imports', async () => {
    const files = {
      ...main(),
      'operator/src/k8s/old.ts': 'export type T = 1;\n',
      'operator/src/k8s/old.test.ts': type('./old.ts'),
    };
    expect(await violations(files)).toEqual([
      'no-dead-file: operator/src/k8s/old.ts -> operator/src/k8s/old.ts',
    ]);
  });

  it('refuse modules of Node in a client library, except in its files for Node', async () => {
    const files = {
      'clients/documents/src/index.ts': "import 'node:fs';\n",
      'clients/documents/src/aead-node.ts': "import 'node:crypto';\n",
      'clients/documents/src/index.test.ts': "import 'node:fs';\n",
    };
    expect(await violations(files)).toEqual(['clients-for-browsers: clients/documents/src/index.ts -> fs']);
  });
});
