import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  startRabbitCluster,
  testAuthority,
  until,
  type ClusterMember,
  type RunningRabbitCluster,
  type TestAuthority,
  type TestCertificates,
} from '@careplane/testing';
import { adminDefinitions } from './configuration.ts';
import { OVER_TLS, tlsFiles } from './fixtures/talking-over-tls.ts';
import { ManagementClient } from './management.ts';
import { readNodes } from './nodes.ts';

// Three nodes start slowly on a busy machine of two cores.
jest.setTimeout(300_000);

const DEFINITIONS = 'definitions.json';
const QUEUE = '/queues/%2F/kept';
let authority: TestAuthority;
let certificates: TestCertificates;
let cluster: RunningRabbitCluster;
const clients: ManagementClient[] = [];

async function certificatesOf(issuer: TestAuthority, ca = issuer.ca): Promise<TestCertificates> {
  return { ca, ...(await issuer.issue()) };
}

beforeAll(async () => {
  authority = await testAuthority('first');
  certificates = await certificatesOf(authority);
  cluster = await startRabbitCluster(3, {
    config: ['definitions.import_backend = local_filesystem', `definitions.local.path = /tmp/${DEFINITIONS}`],
    files: { ...tlsFiles(certificates), [DEFINITIONS]: definitions('test-only-password') },
  });
}, 300_000);
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await cluster.stop();
});

/** The operator's user, and a vhost for the queue of the test. */
function definitions(password: string): string {
  const { users } = JSON.parse(adminDefinitions(password)) as { users: { name: string }[] };
  const all = { configure: '.*', write: '.*', read: '.*' };
  const permissions = users.map(({ name }) => ({ user: name, vhost: '/', ...all }));
  return JSON.stringify({ users, vhosts: [{ name: '/' }], permissions });
}

function member(index: number): ClusterMember {
  const found = cluster.members[index];
  if (found === undefined) throw new Error(`no member ${index}`);
  return found;
}

function login(index: number, password = cluster.password): ManagementClient {
  const access = { url: member(index).managementUrl, ca: '', username: cluster.username, password };
  const client = new ManagementClient(access);
  clients.push(client);
  return client;
}

function endedMember(): string | undefined {
  return cluster.members.map(({ ended }) => ended()).find((words) => words !== undefined);
}

function allRun(index: number, password?: string): Promise<boolean> {
  const client = login(index, password);
  return until(
    async () => {
      const nodes = await readNodes(client);
      return nodes.length === 3 && nodes.every(({ isRunning }) => isRunning);
    },
    { what: 'three nodes to run', deadlineMs: 120_000, hopeless: endedMember },
  );
}

/** Why the distribution port refuses. */
async function refusal(options: ConnectionOptions): Promise<string> {
  const { distributionPort: port } = member(0);
  const socket = connect({ host: 'localhost', port, ca: authority.ca, ...options });
  // With TLS 1.3 the server judges the client's certificate after the client has finished.
  socket.on('secureConnect', () => socket.write('x'));
  const [error] = (await once(socket, 'close').catch((reason: unknown) => [reason])) as [unknown];
  socket.destroy();
  return String(error);
}

describe('nodes that talk over TLS', () => {
  it('are the same cluster with the same messages when all of a plain one are restarted together', async () => {
    await login(0).put(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    const message = { properties: { delivery_mode: 2 }, routing_key: 'kept', payload: 'kept' };
    const exchange = '/exchanges/%2F/amq.default/publish';
    expect(await login(0).post(exchange, { ...message, payload_encoding: 'string' })).toEqual({
      routed: true,
    });
    await Promise.all(cluster.members.map((one) => one.terminate()));
    await Promise.all(cluster.members.map((one) => one.restart(OVER_TLS)));
    await allRun(0);
    const look = { count: 1, ackmode: 'ack_requeue_true', encoding: 'auto' };
    const messages = await until(() => login(1).post(`${QUEUE}/get`, look), {
      what: 'the queue to answer',
      deadlineMs: 120_000,
      hopeless: endedMember,
    });
    expect(messages).toEqual([expect.objectContaining({ payload: 'kept' })]);
  });

  it('let in who has a certificate and the cookie, and nobody who talks plainly', async () => {
    const ping = ['/usr/lib/rabbitmq/bin/rabbitmqctl', '-n', member(0).name, '--timeout', '10', 'ping'];
    expect(await member(1).run(ping)).toMatchObject({ code: 0 });
    expect((await member(1).run(ping, { RABBITMQ_CTL_ERL_ARGS: '' })).code).not.toBe(0);
  });

  it('refuse who has no certificate, or one of another authority', async () => {
    const other = await certificatesOf(await testAuthority('other'));
    expect(await refusal({})).toContain('alert certificate required');
    expect(await refusal({ cert: other.certificate, key: other.key })).toContain('alert unknown ca');
  });

  it('take a password that one of them brings at its start', async () => {
    // One Secret for all of them, which two have not read yet.
    for (const { folder } of cluster.members)
      await writeFile(join(folder, DEFINITIONS), definitions('second-word'));
    await member(2).kill();
    await member(2).restart();
    for (const index of [0, 1, 2]) await allRun(index, 'second-word');
    await expect(login(0).get('/nodes')).rejects.toMatchObject({ status: 401 });
  });

  it('take a node that has lost its data back once they have forgotten it', async () => {
    const { name, folder } = member(2);
    await member(2).kill();
    await rm(join(folder, 'data'), { recursive: true });
    const forget = ['/usr/lib/rabbitmq/bin/rabbitmqctl', '-n', member(0).name, 'forget_cluster_node', name];
    expect(await member(0).run(forget)).toMatchObject({ code: 0 });
    await member(2).restart();
    for (const index of [0, 2]) await allRun(index, 'second-word');
  });

  it('serve renewed certificates of a new authority without a restart, and one that starts with them joins', async () => {
    const next = await testAuthority('second');
    const renewed = await certificatesOf(next, `${authority.ca}\n${next.ca}\n`);
    for (const { folder } of cluster.members)
      for (const [name, text] of Object.entries(tlsFiles(renewed))) await writeFile(join(folder, name), text);
    for (const { distributionPort } of cluster.members)
      await until(async () => (await servedAt(distributionPort, renewed)) === renewed.certificate.trim(), {
        what: 'the renewed certificate to be served',
        deadlineMs: 180_000,
        everyMs: 1_000,
        hopeless: endedMember,
      });
    await member(1).kill();
    await member(1).restart();
    for (const index of [0, 1, 2]) await allRun(index, 'second-word');
  });
});

/** The certificate that a node shows to the others. */
async function servedAt(port: number, { ca, certificate: cert, key }: TestCertificates): Promise<string> {
  const socket = connect({ host: 'localhost', port, ca, cert, key });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.toString().trim() ?? '';
  } finally {
    socket.destroy();
  }
}
