import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { exampleOf } from '../test/examples.ts';
import { startRecordsLab, treating } from '../test/records-lab.ts';
import type { Answer, Caller, RecordsLab } from '../test/records-lab.ts';

/** So many that a transaction is seen while it is under way. */
const ENTRIES = 60;
const SYSTEM = 'urn:test:crash';

let lab: RecordsLab;

beforeAll(async () => {
  lab = await startRecordsLab();
}, 120_000);
afterAll(() => lab.stop());

const bundleAbout = (patient: string): object => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: Array.from({ length: ENTRIES }, (_, at) => {
    const identifier = [{ system: SYSTEM, value: `${patient}-${String(at)}` }];
    return {
      resource: { ...exampleOf('Procedure', patient), identifier },
      request: {
        method: 'POST',
        url: 'Procedure',
        ifNoneExist: `identifier=${SYSTEM}|${patient}-${String(at)}`,
      },
    };
  }),
});

const stored = (patient: string): Promise<number> =>
  lab.database.collection('procedure').countDocuments({ patientId: patient });

/** Entries of the audit of creates about a patient. */
async function auditedCreates(patient: string): Promise<number> {
  const events = await lab.database.collection('outbox').find().toArray();
  const entries = JSON.stringify(events).matchAll(
    /"action":"create"(?:(?!"action")[^])*?"patient":"([^"]+)"/g,
  );
  return [...entries].filter(([, id]) => id === patient).length;
}

async function isInTransaction(): Promise<boolean> {
  const { inprog } = (await lab.database.client
    .db('admin')
    .command({ currentOp: 1, $all: true, 'transaction.parameters.autocommit': false })) as unknown as {
    readonly inprog: readonly unknown[];
  };
  return inprog.length > 0;
}

/** What is waited for after the Bundle was sent; then the replica is killed. */
const STEPS: Readonly<Record<string, (patient: string) => Promise<boolean>>> = {
  'at once': () => Promise.resolve(true),
  'within its transaction': async (patient) => (await isInTransaction()) || (await stored(patient)) > 0,
  'when its transaction has committed': async (patient) => (await stored(patient)) > 0,
};

describe('a transaction Bundle whose replica is killed', () => {
  it.each(Object.keys(STEPS))(
    '%s is stored whole or not at all, and once when it is sent again',
    async (step) => {
      const patient = lab.patient();
      const doctor = await lab.caller('practitioner', treating(patient));
      const doomed = await lab.spawn({});
      const body = bundleAbout(patient);
      const lost = sendTo(doomed.url, doctor, body);
      await until(async () => (await STEPS[step]?.(patient)) === true, { what: step, everyMs: 1 });
      doomed.child.kill('SIGKILL');
      await once(doomed.child, 'exit');
      await lost;
      const committed = await stored(patient);
      expect([0, ENTRIES]).toContain(committed);
      // the server holds what a killed transaction has locked until it gives that up, after half a minute at most
      await until(async () => (await sendTo(lab.url(), doctor, body))?.status === 200, {
        what: 'the Bundle is stored',
        deadlineMs: 45_000,
      });
      // what was committed is found by the second one, and shown to who sends it
      expect([await stored(patient), await auditedCreates(patient)]).toEqual([ENTRIES, ENTRIES + committed]);
    },
    120_000,
  );
});

/** Sends a Bundle to a replica, which may be killed meanwhile. */
function sendTo(url: string, caller: Caller, body: object): Promise<Answer | undefined> {
  const answer = lab.at(url).ask('POST /', caller, { body, headers: { prefer: 'return=minimal' } });
  return answer.catch(() => undefined);
}

describe('a transaction Bundle while the database is away', () => {
  it('is 503, and is stored once when it is sent again', async () => {
    const patient = lab.patient();
    const doctor = await lab.caller('practitioner', treating(patient));
    const body = bundleAbout(patient);
    await lab.mongod.kill();
    const away = await lab.ask('POST /', doctor, { body });
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, expect.any(String)]);
    await lab.mongod.restart();
    await until(async () => (await lab.ask('POST /', doctor, { body })).status === 200, {
      what: 'the Bundle is stored',
    });
    expect(await stored(patient)).toBe(ENTRIES);
  }, 60_000);
});
