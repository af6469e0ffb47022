import { describe, expect, it } from '@jest/globals';
import { EVENTS } from '../events/registry.ts';
import type { EventContent } from '../events/envelope.ts';
import { Unavailable } from '../http/errors.ts';
import type { Transaction } from '../mongo/transaction.ts';
import type { Access } from './entry.ts';
import { createAuditTrail, throughOutbox } from './trail.ts';
import type { AuditTrail } from './trail.ts';

const access = (patient: string, parts: Partial<Access> = {}): Access => ({
  action: 'read',
  outcome: 'granted',
  agent: { role: 'practitioner', account: 'a', client: 'app' },
  entities: [{ type: 'Patient', id: patient, version: '1' }],
  patient,
  ...parts,
});

type Recorded = EventContent<'audit.recorded'>;

/** A trail over an outbox in memory; each put is one insert. */
function scene(put: () => Promise<void> = () => Promise.resolve()): {
  trail: AuditTrail;
  puts: Recorded[][];
  added: Recorded[];
} {
  const [puts, added]: [Recorded[][], Recorded[]] = [[], []];
  const outbox = {
    put: async (_type: string, contents: readonly Recorded[]) => {
      puts.push([...contents]);
      await put();
    },
    add: (_tx: Transaction, _type: string, content: Recorded) => {
      added.push(content);
      return Promise.resolve('');
    },
  };
  return { trail: createAuditTrail({ name: 'records' }, throughOutbox(outbox as never)), puts, added };
}

describe('the trail of a service', () => {
  it('makes entries with ids in the order of time, as the registry has them', async () => {
    const { trail, puts, added } = scene();
    await trail.record([access('p1'), access('p2')]);
    await trail.add({} as Transaction, [access('p3')]);
    const entries = [...puts.flat(), ...added].flatMap(
      ({ data }) => EVENTS['audit.recorded'].parse(data).entries,
    );
    expect(entries.map(({ patient, service }) => [patient, service])).toEqual([
      ['p1', 'records'],
      ['p2', 'records'],
      ['p3', 'records'],
    ]);
    expect(entries.map(({ id }) => id)).toEqual(entries.map(({ id }) => id).sort());
    expect(new Set(entries.map(({ id }) => id)).size).toBe(3);
  });

  it('inserts once for all who read at the same time, in events of a bounded size', async () => {
    const { trail, puts } = scene();
    await Promise.all(Array.from({ length: 450 }, (_, at) => trail.record([access(`p${String(at)}`)])));
    expect(puts.length).toBe(1);
    expect(puts.flat().map(({ data }) => data.entries.length)).toEqual([200, 200, 50]);
    const many = Array.from({ length: 1_000 }, (_, at) => ({ type: 'Patient', id: String(at) }));
    await trail.record(Array.from({ length: 9 }, (_, at) => access(`p${String(at)}`, { entities: many })));
    expect(puts[1]?.map(({ data }) => data.entries.length)).toEqual([4, 4, 1]);
  });

  it('is 503 when nothing can be inserted, for each who waits', async () => {
    const { trail } = scene(() => Promise.reject(new Error('away')));
    const results = await Promise.allSettled([trail.record([access('p1')]), trail.record([access('p2')])]);
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(Unavailable) });
  });

  it('bounds what is refused, and never what is granted', async () => {
    const { trail, puts } = scene();
    const times = Array.from({ length: 1_000 });
    await Promise.all(times.map(() => trail.record([access('p', { outcome: 'denied', reason: 'consent' })])));
    const denied = puts.flat().flatMap(({ data }) => data.entries);
    expect(denied.length).toBeLessThan(110);
    expect(denied.reduce((sum, { count = 1 }) => sum + count, 0)).toBeGreaterThan(500);
    await Promise.all(times.map(() => trail.record([access('p')])));
    expect(puts.flat().flatMap(({ data }) => data.entries).length - denied.length).toBe(1_000);
  });
});
