import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readClinicData } from '@careplane/demo';
import { clinicReady, command, kubectl, list, NAMESPACE, repository } from '../src/cluster.ts';
import { withRedis } from './kept/cache.ts';
import { withMember } from './kept/database.ts';
import { membersOf } from './kept/places.ts';
import { search } from './kept/search.ts';

const PLANTED = 'planted-text';
const PLANTED_FILE = `/var/lib/careplane/data/${PLANTED}`;

describe('what the clinic keeps', () => {
  beforeAll(async () => {
    await clinicReady();
    // Makes what is to be searched, independent of other tests.
    await command('make', ['demo', 'DEMO_FLAGS=--appointments 40'], { timeoutMs: 240_000 });
  }, 600_000);

  it('has no name, birth date, address or number of a patient in plain', async () => {
    const { patients } = await readClinicData(path.join(repository, 'examples/demo/data'));
    expect(patients.length).toBeGreaterThan(5);
    const texts = patients.flatMap(({ sourceId, given, family, birthDate }) => [
      ...[sourceId, `${sourceId}@patients.example`, family, birthDate],
      ...(given.length > 6 ? [given] : []),
    ]);
    expect((await search(texts)).found).toEqual({});
  }, 300_000);

  describe('planted text', () => {
    const text = `planted ${randomUUID()}`;

    afterAll(async () => {
      await kubectl('delete', 'configmap', PLANTED, '-n', NAMESPACE, '--ignore-not-found');
      await kubectl('exec', '-n', NAMESPACE, 'clinic-broker-0', '--', 'rm', '-f', PLANTED_FILE);
      for (const member of await membersOf('mongodb'))
        await withMember(member, (client) => client.db(PLANTED).dropDatabase());
      for (const member of await membersOf('redis')) await withRedis(member, (client) => client.del(PLANTED));
    });

    it('is found wherever it is', async () => {
      for (const member of await membersOf('mongodb'))
        await withMember(member, (client) => client.db(PLANTED).collection('texts').insertOne({ text }));
      for (const member of await membersOf('redis'))
        await withRedis(member, (client) => client.hset(PLANTED, 'text', text));
      await kubectl('create', 'configmap', PLANTED, '-n', NAMESPACE, `--from-literal=text=${text}`);
      const write = `printf '%s' '${text}' > ${PLANTED_FILE}`;
      await kubectl('exec', '-n', NAMESPACE, 'clinic-broker-0', '--', 'sh', '-c', write);
      const [pod] = await list('pods', '-n', NAMESPACE, '-l', 'careplane.dev/service=mail-sink');
      const log = `require('node:fs').writeFileSync('/proc/1/fd/1', process.argv[1] + '\\n')`;
      await kubectl('exec', '-n', NAMESPACE, pod?.metadata.name ?? '', '--', 'node', '-e', log, text);
      const { found } = await search([text]);
      // The database's own files are compressed, but for what is short.
      expect(Object.keys(found)).toEqual(
        expect.arrayContaining([
          'database clinic-db-0',
          'cache clinic-cache-0',
          'volume of clinic-cache-0',
          'volume of clinic-broker-0',
          'logs of pods',
          'objects of the cluster, events too',
        ]),
      );
    }, 300_000);
  });
});
