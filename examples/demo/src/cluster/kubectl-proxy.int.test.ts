import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCluster } from './kubectl-proxy.ts';

let folder: string;
let kubeconfig: string;
let server: Server;

/** A fake API server: answers the expected path, otherwise 404. */
beforeAll(async () => {
  server = createServer((req, res) => {
    const known = req.url?.includes('unknown') === false;
    res.writeHead(known ? 200 : 404).end(`asked for ${req.url ?? ''}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  folder = await mkdtemp(join(tmpdir(), 'careplane-kubectl-'));
  kubeconfig = join(folder, 'kubeconfig');
  const { port } = server.address() as AddressInfo;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: `http://127.0.0.1:${port}` } }],
    users: [{ name: 'test', user: {} }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  await writeFile(kubeconfig, JSON.stringify(config));
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const sockets = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter(
    (name) => name.startsWith('careplane-demo-') && existsSync(join(tmpdir(), name, 'kubectl.sock')),
  );

describe('openCluster', () => {
  it('reaches the API through kubectl on a private socket, pod proxies included, and leaves nothing behind', async () => {
    const before = await sockets();
    const cluster = await openCluster(kubeconfig);
    try {
      const path = '/api/v1/namespaces/clinic/pods/appointments-1:9090/proxy/metrics';
      expect(await cluster.get(path)).toBe(`asked for ${path}`);
      const unknown = cluster.get('/api/v1/unknown');
      await expect(unknown).rejects.toMatchObject({ name: 'ClusterError', status: 404 });
    } finally {
      await cluster.close();
    }
    expect(await sockets()).toEqual(before);
  });

  it("reports kubectl's error when it cannot run", async () => {
    await expect(openCluster(join(folder, 'missing'))).rejects.toThrow(
      /kubectl proxy does not run: .*missing/,
    );
  });
});
