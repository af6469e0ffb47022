import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { declareTopology, sendEvent, takeEvent } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import { Binary } from 'mongodb';
import { accessOf, startAuditLab } from '../test/audit-lab.ts';
import type { AnsweredEvent, AuditLab } from '../test/audit-lab.ts';

const EVENTS = '/fhir/R4/AuditEvent';
const COMPLIANCE = ['compliance', 'officer'] as const;
const IDENTITY = 'identity';

describe('the audit of an erased patient', () => {
  let lab: AuditLab;
  beforeAll(async () => {
    lab = await startAuditLab();
    await declareTopology(lab.rabbit.uri, { service: IDENTITY, consumes: ['patient.erasure.done'] });
  }, 180_000);
  afterAll(async () => {
    await lab.stop();
  }, 60_000);

  const found = async (query: string): Promise<AnsweredEvent[]> =>
    ((await lab.ask(`${EVENTS}?${query}&site=records`, COMPLIANCE)).body.entry ?? []).map(
      ({ resource }) => resource,
    );
  const arrived = (query: string, count: number): Promise<AnsweredEvent[]> =>
    until(
      async () => {
        const events = await found(query);
        return events.length >= count ? events : undefined;
      },
      { what: `${String(count)} events for ${query}` },
    );
  const keysAlive = (): Promise<number> =>
    lab.database.collection('data_keys').countDocuments({ wrapped: { $exists: true } });
  /** The log as it is stored: what its hashes are of. */
  const logged = async (): Promise<string> =>
    JSON.stringify([
      await lab.database.collection('log_entries').find().sort({ _id: 1 }).toArray(),
      await lab.database.collection('log_batches').find().sort({ _id: 1 }).toArray(),
    ]);

  it('still is there and unchanged, tells that it was erased with the patient, and nothing more', async () => {
    const [patient, other, record] = [randomUUID(), randomUUID(), randomUUID()];
    await lab.trail.record([
      accessOf({ patient, entities: [{ type: 'Observation', id: record }] }),
      accessOf({ patient: other }),
    ]);
    const [event] = await arrived(`patient=${patient}`, 1);
    expect(JSON.stringify(event)).toContain(record);
    await arrived(`patient=${other}`, 1);
    const [before, keys] = [await logged(), await keysAlive()];
    const erasureId = randomUUID();
    await sendEvent(lab.rabbit.uri, 'patient.erased', { erasureId, patientId: patient, proof: 'proof' });
    const done = await until(() => takeEvent(lab.rabbit.uri, IDENTITY), { what: 'the end of the erasure' });
    expect(done.data).toEqual({ erasureId, patientId: patient, service: 'audit' });
    expect(await keysAlive()).toBe(keys - 1);
    const [erased] = await found(`patient=${patient}`);
    expect(erased).toMatchObject({ id: event?.id, outcome: '0', subtype: [{ code: 'read' }] });
    expect(JSON.stringify(erased)).toContain('erased with the patient');
    expect(JSON.stringify(erased)).not.toMatch(new RegExp(`${patient}|${record}|d1`));
    expect(JSON.stringify((await found(`patient=${other}`))[0])).toContain(other);
    const after = await logged();
    // the read of the audit itself was added; nothing that was there has changed
    const [entries] = JSON.parse(before) as [unknown[]];
    for (const entry of entries) expect(after).toContain(JSON.stringify(entry));
  }, 60_000);

  it('gets no entry any more that names the patient, whatever comes late', async () => {
    const [patient, record] = [randomUUID(), randomUUID()];
    await sendEvent(lab.rabbit.uri, 'patient.erased', {
      erasureId: randomUUID(),
      patientId: patient,
      proof: 'proof',
    });
    await until(() => takeEvent(lab.rabbit.uri, IDENTITY), { what: 'the end of the erasure' });
    const action = '$late';
    await lab.trail.record([accessOf({ patient, action, entities: [{ type: 'Observation', id: record }] })]);
    const [late] = await arrived(`subtype=${action}`, 1);
    expect(JSON.stringify(late)).not.toMatch(new RegExp(`${patient}|${record}`));
    expect(await found(`patient=${patient}`)).toEqual([]);
  }, 60_000);

  it('is unreadable again after a backup of its keys was restored, before anything is answered', async () => {
    const patient = randomUUID();
    await lab.trail.record([accessOf({ patient })]);
    const [event] = await arrived(`patient=${patient}`, 1);
    const keys = lab.database.collection('data_keys');
    const backup = await keys.find().toArray();
    const erasureId = randomUUID();
    await sendEvent(lab.rabbit.uri, 'patient.erased', { erasureId, patientId: patient, proof: 'proof' });
    await until(() => takeEvent(lab.rabbit.uri, IDENTITY), { what: 'the end of the erasure' });
    lab.erased.set(patient, erasureId);
    await keys.deleteMany({});
    await keys.insertMany(backup);
    expect(backup.filter(({ wrapped }) => wrapped instanceof Binary).length).toBe(await keysAlive());
    await lab.start();
    expect(await keysAlive()).toBe(backup.filter(({ wrapped }) => wrapped instanceof Binary).length - 1);
    expect(event?.id).toEqual(expect.any(String));
  }, 60_000);
});
