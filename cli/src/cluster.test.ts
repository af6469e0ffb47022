import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const main = join(import.meta.dirname, 'main.ts');
const list = JSON.stringify({ items: [], metadata: { resourceVersion: '1' } });

let folder: string;
let server: Server;
const asked: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'careplane-cluster-'));
  server = createServer((request, response) => {
    asked.push(request.headers['user-agent'] ?? '');
    // Every kind's first answer is one that passes.
    const isFirst = asked.length <= 5;
    response.writeHead(isFirst ? 503 : 200, { 'retry-after': '1', connection: 'close' });
    response.end(isFirst ? '{}' : list);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const config = {
    'current-context': 'a',
    contexts: [{ name: 'a', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${String(port)}` } }],
    users: [{ name: 'u', user: { token: 't' } }],
  };
  await writeFile(join(folder, 'kubeconfig'), JSON.stringify(config));
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

describe('a command as a process of its own', () => {
  it('waits and asks again when the API server is busy, instead of ending in the middle', async () => {
    const args = [main, 'status', '-A', '-o', 'json', '--kubeconfig', join(folder, 'kubeconfig')];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(JSON.parse(stdout)).toEqual([]);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.every((agent) => agent.startsWith('careplane-cli/'))).toBe(true);
  }, 30_000);
});
