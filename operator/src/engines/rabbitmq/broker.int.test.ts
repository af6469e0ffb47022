import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePort, startRabbit, until, type RunningRabbit } from '@careplane/testing';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { convergeTopology, type TopologyReport } from './converge.ts';
import { ManagementClient } from './management.ts';
import { readNodes } from './nodes.ts';
import { queueDepth } from './queue-depth.ts';
import { topologyOf, type EventEdges } from './topology.ts';

// Engines start slowly on a busy machine of two cores.
jest.setTimeout(120_000);

const VHOST = 'clinic';
const IDENTITY: EventEdges = {
  service: 'identity',
  publishes: ['patient.registered', 'consent.changed'],
  consumes: [],
};
const NOTIFICATIONS: EventEdges = {
  service: 'notifications',
  publishes: [],
  consumes: ['patient.registered'],
};
let rabbit: RunningRabbit;
let client: ManagementClient;
/** Of the management API without TLS, as the probes of a pod ask it. */
let plainPort: number;
const connections: ChannelModel[] = [];

beforeAll(async () => {
  plainPort = await freePort();
  rabbit = await startRabbit({
    tls: true,
    config: ['management.tcp.ip = 127.0.0.1', `management.tcp.port = ${plainPort}`],
  });
  const { managementUrl: url, username, password, certificates } = rabbit;
  client = new ManagementClient({ url, username, password, ca: certificates?.ca ?? '' });
});
afterAll(async () => {
  await Promise.allSettled(connections.map((connection) => connection.close()));
  await client.close();
  await rabbit.stop();
});

function converge(services: EventEdges[], graceMs = 0, rolling: string[] = []): Promise<TopologyReport> {
  const passwords = new Map(services.map(({ service }) => [service, `${service}-password`]));
  return convergeTopology(client, {
    vhost: VHOST,
    topology: topologyOf(services),
    passwords,
    nodes: 1,
    administrator: rabbit.username,
    grace: { noted: [], wanted: services.map(({ service }) => service), now: Date.now(), graceMs },
    rolling: new Set(rolling),
  });
}

/** A channel of its own connection: a refused publish closes it. */
async function channelOf(service: string, password = `${service}-password`): Promise<ConfirmChannel> {
  const uri = `amqps://${service}:${password}@localhost:${rabbit.port}/${VHOST}`;
  const connection = await connect(uri, { ca: rabbit.certificates?.ca });
  connection.on('error', () => undefined);
  connections.push(connection);
  const channel = await connection.createConfirmChannel();
  return channel;
}

/** Publishes; resolves when the broker has confirmed, rejects when it closes the channel. */
function publish(channel: ConfirmChannel, exchange: string, key: string): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.once('error', reject);
    channel.publish(exchange, key, Buffer.from('{}'), { persistent: true, mandatory: true }, (error) => {
      if (error !== null && error !== undefined) reject(Error.isError(error) ? error : new Error('nacked'));
      else resolve();
    });
  });
}

/** Resolves when the queue delivers a message. */
async function delivery(channel: ConfirmChannel, queue: string): Promise<void> {
  await new Promise((resolve, reject) => {
    channel.consume(queue, resolve).catch(reject);
  });
}

async function depthBecomes(queue: string, messages: number): Promise<void> {
  await until(async () => (await queueDepth(client, VHOST, queue)) === messages, {
    what: `${messages} in ${queue}`,
  });
}

describe('the operator and a real RabbitMQ with TLS', () => {
  it('each node tells where its data is, and of its alarms', async () => {
    // A node tells it with its first statistics, some seconds after its start.
    const nodes = await until(
      async () => {
        const told = await readNodes(client);
        return told.some(({ dataDirectory }) => dataDirectory !== undefined) ? told : undefined;
      },
      { what: 'the node to tell' },
    );
    expect(nodes).toEqual([
      {
        name: 'rabbit@localhost',
        isRunning: true,
        dataDirectory: '/tmp/data/mnesia/rabbit@localhost',
        hasMemoryAlarm: false,
        hasDiskAlarm: false,
      },
    ]);
  });

  it('serves the management API with TLS, and without it on the loopback', async () => {
    const { username, password } = rabbit;
    const plain = new ManagementClient({ url: `http://127.0.0.1:${plainPort}`, ca: '', username, password });
    expect(await plain.get('/whoami')).toMatchObject({ name: username });
    expect(await client.get('/whoami')).toMatchObject({ name: username });
    await plain.close();
  });

  it('makes the topology, and a second time writes nothing', async () => {
    const first = await converge([IDENTITY, NOTIFICATIONS]);
    expect(first.changes).toBeGreaterThan(10);
    const before = client.writes;
    const second = await converge([NOTIFICATIONS, IDENTITY]);
    expect(second).toEqual({
      changes: 0,
      deleted: [],
      retained: [],
      conflicting: [],
      refused: [],
      departing: [],
      health: { silent: [], leaderless: [], degraded: [], behind: [], problem: undefined },
    });
    expect(client.writes).toBe(before);
  });

  it('an event reaches its consumer, and unacknowledged messages count', async () => {
    await publish(await channelOf('identity'), 'careplane.events', 'patient.registered');
    await depthBecomes('notifications', 1);
    const consumer = await channelOf('notifications');
    const message = await consumer.get('notifications');
    expect(message).not.toBe(false);
    await depthBecomes('notifications', 1);
    if (message !== false) consumer.ack(message);
    await depthBecomes('notifications', 0);
  });

  it('a service may publish its declared events only, and declares nothing', async () => {
    await publish(await channelOf('identity'), 'careplane.events', 'consent.changed');
    const refused = /ACCESS_REFUSED/;
    await expect(
      publish(await channelOf('identity'), 'careplane.events', 'appointment.booked'),
    ).rejects.toThrow(refused);
    await expect(
      publish(await channelOf('identity'), 'careplane.dead', 'notifications.dead'),
    ).rejects.toThrow(refused);
    await expect(
      publish(await channelOf('notifications'), 'careplane.events', 'patient.registered'),
    ).rejects.toThrow(refused);
    await expect(
      publish(await channelOf('notifications'), 'careplane.retry', 'other.retry.1s'),
    ).rejects.toThrow(refused);
    const quiet = await channelOf('identity');
    quiet.on('error', () => undefined);
    await expect(quiet.get('notifications')).rejects.toThrow(refused);
    const maker = await channelOf('notifications');
    maker.on('error', () => undefined);
    await expect(maker.assertQueue('mine')).rejects.toThrow(refused);
  });

  it('an event that is declared no more may be published as long as pods of the former revision run', async () => {
    const less = { ...IDENTITY, publishes: ['patient.registered'] };
    expect(await converge([less, NOTIFICATIONS], 0, ['identity'])).toMatchObject({ changes: 0 });
    await publish(await channelOf('identity'), 'careplane.events', 'consent.changed');
    await converge([less, NOTIFICATIONS]);
    await expect(publish(await channelOf('identity'), 'careplane.events', 'consent.changed')).rejects.toThrow(
      /ACCESS_REFUSED/,
    );
    await converge([IDENTITY, NOTIFICATIONS]);
  });

  it('a rejected message is a dead letter, and a retry comes back after its delay', async () => {
    await publish(await channelOf('identity'), 'careplane.events', 'patient.registered');
    const consumer = await channelOf('notifications');
    await depthBecomes('notifications', 1);
    const message = await consumer.get('notifications');
    if (message !== false) consumer.nack(message, false, false);
    await depthBecomes('notifications.dead', 1);
    await publish(consumer, 'careplane.retry', 'notifications.retry.1s');
    await delivery(consumer, 'notifications');
    // Unacknowledged, so it goes back to the queue with its channel.
    await consumer.close();
    await depthBecomes('notifications.retry.1s', 0);
    // Each queue tells its depth at its own time.
    await depthBecomes('notifications', 1);
  });

  it('a service that is gone keeps its user, its queues and its events until its grace is over', async () => {
    const before = client.writes;
    const { changes, departing } = await converge([IDENTITY], 60_000);
    expect(departing.map(({ service }) => service)).toEqual(['notifications']);
    expect({ changes, writes: client.writes - before }).toEqual({ changes: 0, writes: 0 });
    await publish(await channelOf('identity'), 'careplane.events', 'patient.registered');
    await depthBecomes('notifications', 2);
    const consumer = await channelOf('notifications');
    const message = await consumer.get('notifications');
    if (message !== false) consumer.ack(message);
    await depthBecomes('notifications', 1);
    expect(await converge([IDENTITY, NOTIFICATIONS], 60_000)).toMatchObject({ changes: 0, departing: [] });
  });

  it('a service that lives on and consumes no more gets no event from then on', async () => {
    const publisher = { ...NOTIFICATIONS, publishes: ['mail.sent'], consumes: [] };
    expect(await converge([IDENTITY, publisher], 60_000)).toMatchObject({
      deleted: [],
      departing: [{ service: 'notifications', scope: 'Leftovers' }],
    });
    await publish(await channelOf('identity'), 'careplane.events', 'patient.registered');
    expect(await queueDepth(client, VHOST, 'notifications')).toBe(1);
    await converge([IDENTITY, NOTIFICATIONS], 60_000);
  });

  it('queues that nobody wants any more are kept while they hold messages, and go when they are empty', async () => {
    const kept = await converge([IDENTITY]);
    expect(kept.retained.map(({ queue }) => queue).sort()).toEqual(['notifications', 'notifications.dead']);
    expect(await queueDepth(client, VHOST, 'notifications')).toBe(1);
    // Its event bindings are gone: nothing new arrives.
    await publish(await channelOf('identity'), 'careplane.events', 'patient.registered');
    expect(await queueDepth(client, VHOST, 'notifications')).toBe(1);
    const resting = client.writes;
    await converge([IDENTITY]);
    expect(client.writes).toBe(resting);
    for (const queue of ['notifications', 'notifications.dead'])
      await client.remove(`/queues/${VHOST}/${queue}/contents`);
    const gone = await until(
      async () => {
        const report = await converge([IDENTITY]);
        if (report.deleted.length === 0) throw new Error(`kept: ${JSON.stringify(report)}`);
        return report;
      },
      { what: 'the empty queues to go', everyMs: 500 },
    );
    expect(gone.deleted.sort()).toEqual([
      'notifications',
      'notifications.dead',
      'notifications.retry.10s',
      'notifications.retry.1s',
      'notifications.retry.60s',
    ]);
  });

  it('a message that no count shows yet keeps its queue', async () => {
    await converge([IDENTITY, NOTIFICATIONS]);
    await publish(await channelOf('identity'), 'careplane.events', 'patient.registered');
    // At once: the counts still say zero. The second round finds the bindings gone.
    expect((await converge([IDENTITY])).deleted).toEqual([]);
    expect((await converge([IDENTITY])).deleted).toEqual([]);
    await depthBecomes('notifications', 1);
  });

  it('what the broker refuses for one service is named, and the others are served', async () => {
    const { retained } = await converge([IDENTITY]);
    const queues = (await client.get(`/queues/${VHOST}`)) as unknown[];
    expect(retained.length).toBeGreaterThan(0);
    await client.put(`/vhost-limits/${VHOST}/max-queues`, { value: queues.length + 1 });
    const late = { service: 'late', publishes: ['late.made'], consumes: ['patient.registered'] };
    const { refused } = await converge([IDENTITY, late]);
    expect(refused.map(({ what }) => what)).toContain('queue late.dead');
    await publish(await channelOf('late'), 'careplane.events', 'late.made').catch((error: unknown) => {
      // Nobody consumes it: what counts is that the user may publish.
      expect(String(error)).not.toMatch(/ACCESS/);
    });
    await client.remove(`/vhost-limits/${VHOST}/max-queues`);
    expect((await converge([IDENTITY, late])).refused).toEqual([]);
  });

  it("somebody else's queue with a table in its arguments, and a user without a password, harm nobody", async () => {
    const args = { 'x-queue-type': 'classic', 'x-table': { nested: [1, 'two'] } };
    await client.put(`/queues/${VHOST}/foreign`, { durable: true, arguments: args });
    await client.put('/users/by-certificate', { password_hash: '', tags: 'management' });
    expect((await converge([IDENTITY])).refused).toEqual([]);
  });

  it('the account that the operator had before goes', async () => {
    await client.put('/users/careplane-operator', { password: 'former-word', tags: 'administrator' });
    expect(await converge([IDENTITY])).toMatchObject({ changes: 1, refused: [] });
    expect(await client.find('/users/careplane-operator')).toBeUndefined();
    expect(await client.get('/whoami')).toMatchObject({ name: rabbit.username });
  });

  it('the user of a service that is gone is gone', async () => {
    await expect(channelOf('notifications')).rejects.toThrow(/ACCESS-REFUSED|ACCESS_REFUSED/);
    await expect(channelOf('identity', 'wrong')).rejects.toThrow(/ACCESS-REFUSED|ACCESS_REFUSED/);
  });
});
