import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { convergeTopology } from './converge.ts';
import { ManagementClient } from './management.ts';

const ADMINISTRATOR = { user: 'admin', vhost: 'clinic', configure: '.*', write: '.*', read: '.*' };
/** A broker with three users too many. */
const DEFINITIONS = {
  vhosts: [{ name: 'clinic' }],
  users: ['a', 'b', 'c'].map((name) => ({ name, password_hash: '', tags: 'careplane' })),
  permissions: [ADMINISTRATOR],
  topic_permissions: [],
  exchanges: ['events', 'retry', 'dead'].map((name) => ({
    name: `careplane.${name}`,
    vhost: 'clinic',
    type: 'topic',
    durable: true,
  })),
  queues: [],
  bindings: [],
};

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A management API of which a test decides how it answers deletions. */
async function brokerThat(deletes: (path: string, response: ServerResponse) => void): Promise<string> {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    if (request.method === 'DELETE') deletes(path, response);
    else response.end(JSON.stringify(path.startsWith('/api/definitions') ? DEFINITIONS : []));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('gives up the deletion that hangs when the Lease is lost, and never sends the next', async () => {
  const lease = new AbortController();
  const deleted: string[] = [];
  const url = await brokerThat((path, response) => {
    deleted.push(path);
    if (deleted.length === 1) response.writeHead(204).end();
    else lease.abort(new Error('leadership was lost'));
  });
  const client = new ManagementClient({
    url,
    ca: '',
    username: 'admin',
    password: 'p',
    signal: lease.signal,
  });
  const topology = { exchanges: [], queues: [], bindings: [], users: [] };
  const grace = { noted: [], wanted: [], now: 0, graceMs: 0 };
  const wanted = { vhost: 'clinic', topology, passwords: new Map(), nodes: 1, administrator: 'admin', grace };
  await expect(convergeTopology(client, wanted)).rejects.toThrow('leadership was lost');
  await expect(client.remove('/users/c')).rejects.toThrow('leadership was lost');
  expect(deleted).toEqual(['/api/users/a', '/api/users/b']);
  await client.close();
});
