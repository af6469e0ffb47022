import { once } from 'node:events';
import { access, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { request } from 'undici';
import type { EngineProcess } from './engine-process.ts';
import { engineRootfs } from './engine-rootfs.ts';
import { startMongod, startRabbit, startRedis, until } from './index.ts';
import { rabbitPorts, startRabbitNode, writeRabbitConfiguration, type RabbitNode } from './rabbit-node.ts';
import { makeScratch } from './scratch.ts';

// Engines start slowly on a busy machine of two cores.
jest.setTimeout(120_000);

const stops: (() => Promise<void>)[] = [];
afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

describe('the engines of the images, started for tests', () => {
  it('mongod commits a transaction, and finds the data after a kill', async () => {
    const mongod = await startMongod();
    stops.push(mongod.stop);
    const client = await MongoClient.connect(mongod.uri);
    await client.withSession((session) =>
      session.withTransaction(() => client.db('x').collection('y').insertOne({ n: 1 }, { session })),
    );
    await client.close();
    await mongod.kill();
    await mongod.restart();
    const again = await MongoClient.connect(mongod.uri);
    expect(await again.db('x').collection('y').countDocuments()).toBe(1);
    await again.close();
  });

  it('mongod with TLS and keyfile refuses the stranger and lets __system in', async () => {
    const mongod = await startMongod({ tls: true, auth: true });
    stops.push(mongod.stop);
    const { port, caFile } = mongod;
    const stranger = new MongoClient(`mongodb://127.0.0.1:${port}/?tls=true&directConnection=true`, {
      tlsCAFile: caFile ?? '',
    });
    await expect(stranger.db('x').collection('y').countDocuments()).rejects.toThrow(
      /requires authentication|not authorized/,
    );
    await stranger.close();
    const system = new MongoClient(mongod.uri, { tlsCAFile: caFile ?? '' });
    expect(await system.db('x').collection('y').countDocuments()).toBe(0);
    await system.close();
  });

  it('redis answers, with and without TLS', async () => {
    for (const tls of [false, true]) {
      const redis = await startRedis({ tls });
      stops.push(redis.stop);
      expect(redis.uri).toMatch(tls ? /^rediss:/ : /^redis:/);
    }
  });

  it('rabbitmq comes back on the same ports after a kill', async () => {
    const rabbit = await startRabbit();
    stops.push(rabbit.stop);
    const authorization = 'Basic ' + Buffer.from(`${rabbit.username}:${rabbit.password}`).toString('base64');
    const options = { headers: { authorization, 'content-type': 'application/json' } };
    const made = await request(`${rabbit.managementUrl}/api/vhosts/clinic`, {
      ...options,
      method: 'PUT',
      body: '{}',
    });
    expect(made.statusCode).toBe(201);
    await rabbit.kill();
    // One that is killed while it starts is not left behind.
    const pid = join(rabbit.folder, 'data/mnesia/rabbit@localhost.pid');
    await rm(pid);
    const restarting = expect(rabbit.restart()).rejects.toThrow('it ended');
    await until(() => access(pid).then(() => true), { what: 'rabbitmq to begin', deadlineMs: 60_000 });
    await rabbit.kill();
    await restarting;
    await rabbit.restart();
    const found = await request(`${rabbit.managementUrl}/api/vhosts/clinic`, options);
    expect(found.statusCode).toBe(200);
    await Promise.all([made.body.dump(), found.body.dump()]);
  });

  it('rabbitmq is started again when its boot fails, as a container is', async () => {
    const node: RabbitNode = {
      rootfs: await engineRootfs('rabbitmq'),
      scratch: await makeScratch(),
      ports: await rabbitPorts(),
      name: 'rabbit@localhost',
      certificates: undefined,
    };
    const boots: EngineProcess[] = [];
    stops.push(async () => {
      await Promise.all(boots.map(({ kill }) => kill()));
      await rm(node.scratch, { recursive: true, force: true });
    });
    await writeRabbitConfiguration(node);
    const other = createServer().listen(node.ports.management, '127.0.0.1');
    await once(other, 'listening');
    await startRabbitNode(node, (engine) => {
      boots.push(engine);
      if (boots.length === 2) other.close();
    });
    expect(boots[0]?.exitCode()).toBeGreaterThan(0);
    expect(boots.at(-1)?.ended()).toBeUndefined();
  });
});
