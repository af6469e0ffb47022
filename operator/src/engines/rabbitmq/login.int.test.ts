import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { startRabbit, type RunningRabbit } from '@careplane/testing';
import { adminDefinitions } from './configuration.ts';
import { ManagementClient } from './management.ts';
import { ADMINISTRATOR } from './names.ts';

// Engines start slowly on a busy machine of two cores.
jest.setTimeout(120_000);

const DEFINITIONS = 'definitions.json';
let rabbit: RunningRabbit;
const clients: ManagementClient[] = [];

beforeAll(async () => {
  rabbit = await startRabbit({
    config: ['definitions.import_backend = local_filesystem', `definitions.local.path = /tmp/${DEFINITIONS}`],
    files: { [DEFINITIONS]: adminDefinitions('first-word') },
  });
}, 180_000);
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await rabbit.stop();
});

function login(password: string): ManagementClient {
  const client = new ManagementClient({
    url: rabbit.managementUrl,
    ca: '',
    username: ADMINISTRATOR,
    password,
  });
  clients.push(client);
  return client;
}

it('the operator is the only user of a new broker: there is no guest', async () => {
  expect(await login('first-word').get('/users')).toEqual([
    expect.objectContaining({ name: ADMINISTRATOR, tags: ['administrator'] }),
  ]);
});

it('a start on old data takes the password that the Secret has by then', async () => {
  await login('first-word').put('/vhosts/clinic', {});
  await rabbit.kill();
  await writeFile(join(rabbit.folder, DEFINITIONS), adminDefinitions('second-word'));
  await rabbit.restart();
  expect(await login('second-word').find('/vhosts/clinic')).toMatchObject({ name: 'clinic' });
  await expect(login('first-word').get('/users')).rejects.toMatchObject({ status: 401 });
});
