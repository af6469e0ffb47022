import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  NAMESPACE,
  clinicReady,
  command,
  condition,
  eventually,
  kubectl,
  list,
  state,
} from '../src/cluster.ts';

const CANARY = 'at-rest-canary';
const CANARY_FILE = `/var/lib/careplane/data/${CANARY}`;

/** Files below a folder (or the file itself) that contain the text. */
async function filesWith(text: string, place: string): Promise<string[]> {
  // Splits at zero bytes instead of newlines: a sparse image has no newline for gigabytes, and grep holds a whole line
  // in memory.
  const found = await command('sh', ['-c', `grep -rlazF ${text} ${place} || [ $? = 1 ]`], {
    timeoutMs: 240_000,
  });
  return found.split('\n').filter((name) => name !== '');
}

/** Runs a program in the database's container and returns its output. */
async function inDatabase(...program: string[]): Promise<string> {
  return await kubectl('exec', '-n', NAMESPACE, 'clinic-db-0', '-c', 'mongod', '--', ...program);
}

describe('data on disk', () => {
  beforeAll(async () => {
    await clinicReady();
  }, 300_000);

  afterAll(async () => {
    await kubectl('delete', 'secret,configmap', CANARY, '-n', NAMESPACE, '--ignore-not-found');
    await inDatabase('rm', '-f', CANARY_FILE);
  });

  it('is proven to be encrypted by the kernel, for every store', async () => {
    const stores = await list('encryptedstores', '-n', NAMESPACE);
    expect(stores.length).toBeGreaterThan(0);
    for (const store of stores)
      expect(condition(store, 'StorageEncrypted')).toMatchObject({
        status: 'True',
        reason: 'ProvenByKernel',
      });
  });

  it('keeps the data of every store on its volume', async () => {
    for (const store of await list('encryptedstores', '-n', NAMESPACE))
      expect(condition(store, 'DataOnVolume')).toMatchObject({ status: 'True', reason: 'OnVolume' });
  });

  it("does not contain a Secret's text in etcd, but a ConfigMap's", async () => {
    const [secret, open] = [randomUUID(), randomUUID()];
    await kubectl('create', 'secret', 'generic', CANARY, '-n', NAMESPACE, `--from-literal=value=${secret}`);
    await kubectl('create', 'configmap', CANARY, '-n', NAMESPACE, `--from-literal=value=${open}`);
    const etcd = path.join(state, 'etcd');
    await eventually('the ConfigMap is on disk', async () =>
      (await filesWith(open, etcd)).length > 0 ? true : undefined,
    );
    // etcd may rename a log file during grep.
    expect(await eventually('etcd’s files are read', () => filesWith(secret, etcd))).toEqual([]);
  });

  it("does not contain a file of the database's volume in the raw image", async () => {
    const text = randomUUID();
    const write = `printf %s ${text} > ${CANARY_FILE} && sync ${CANARY_FILE} && cat ${CANARY_FILE}`;
    const read = await inDatabase('sh', '-c', write);
    expect(read).toBe(text);
    expect(await filesWith(text, path.join(state, 'volume'))).toEqual([]);
  }, 300_000);
});
