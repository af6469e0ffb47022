import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { cosignatureOf, generateSigningKey, parseCheckpoint } from '@careplane/tlog';
import { freePort, startMongod, until } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import type { NewEntry } from '../../audit/src/log/index.ts';
import { httpWitness } from '../../audit/src/log/http-witness.ts';
import { newLogKeys, startReplica } from '../../audit/test/log-ground.ts';
import { startWitness } from '../test/start-witness.ts';

const key = generateSigningKey('witness.example/w1', 'cosignature/v1');
let mongod: RunningMongod;
const running: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  mongod = await startMongod();
});
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});
afterAll(() => mongod.stop());

const entries = (count: number): NewEntry[] =>
  Array.from({ length: count }, () => ({ id: randomUUID(), sealed: Buffer.from('sealed'), index: {} }));

/** Until the published checkpoint of that size has the witness's cosignature. */
function cosignedAt(size: number, latest: () => Promise<string>): Promise<unknown> {
  return until(
    async () => {
      const checkpoint = parseCheckpoint(await latest());
      return checkpoint.size === size && cosignatureOf(checkpoint.note, key.verifier) !== undefined;
    },
    { what: `a cosigned checkpoint of ${size} entries` },
  );
}

it('the log publishes what its witness cosigns, and waits for no witness that is away', async () => {
  const keys = newLogKeys();
  const [port, database] = [await freePort(), randomUUID()];
  const witnesses = [httpWitness(`http://127.0.0.1:${port}`, key.verifier)];
  const replica = await startReplica({ uri: mongod.uri, database: `log-${database}`, keys, witnesses });
  running.push(() => replica.stop());
  const { log, adminUrl } = replica;
  // Nobody is there: entries come into the log all the same, and the metric says so.
  await log.append(entries(300));
  expect(parseCheckpoint(await log.latest()).size).toBe(300);
  const away = 'careplane_audit_witness_requests_total{witness="witness.example/w1",result="away"}';
  await until(async () => (await (await fetch(`${adminUrl}/metrics`)).text()).includes(away), {
    what: 'the metric',
  });
  // Then it comes.
  const witness = await startWitness({
    mongod,
    database: `witness-${database}`,
    key,
    logs: [keys.signing],
    port,
  });
  running.push(() => witness.stop());
  await cosignedAt(300, () => log.latest());
  await log.append(entries(500));
  await cosignedAt(800, () => log.latest());
  // Another replica, which has asked for nothing yet, learns by the conflict what the witness has cosigned.
  const other = await startReplica({ uri: mongod.uri, database: `log-${database}`, keys, witnesses });
  running.push(() => other.stop());
  await cosignedAt(800, () => other.log.latest());
  await other.log.append(entries(1));
  await cosignedAt(801, () => log.latest());
}, 60_000);
