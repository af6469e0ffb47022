import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { accessOf, startAuditLab } from '../../test/audit-lab.ts';
import type { AuditLab } from '../../test/audit-lab.ts';
import type { StoredEntry } from '../log/collections.ts';

describe('the check in the background', () => {
  let lab: AuditLab;

  beforeAll(async () => {
    lab = await startAuditLab();
  }, 180_000);
  afterAll(() => lab.stop(), 60_000);

  it('finds out an entry whose index was changed, whose record was replaced, or is gone', async () => {
    const patient = randomUUID();
    await lab.trail.record(Array.from({ length: 8 }, () => accessOf({ patient, purpose: 'TREAT' })));
    const ids = (await lab.arrived(`patient=${patient}`, 8)).map(({ id }) => id);
    const entries = lab.database.collection<StoredEntry>('log_entries');
    const wrong = (): string[] =>
      lab.log
        .entries()
        .filter(({ message }) => message === 'audit: an entry is not as it was logged')
        .map(({ entry, result, fields = [] }) => [entry, result, ...(fields as string[])].join(' '));
    expect(wrong()).toEqual([]);
    const [a = '', b = '', c = '', d = '', e = '', f = '', g = ''] = ids;
    const at = (id: string): { _id: string } => ({ _id: id });
    const other = await entries.findOne({ 'index.patients': { $exists: true }, _id: { $nin: ids } });
    if (!other) throw new Error('there is another entry');
    await entries.updateOne(at(a), { $set: { 'index.patients': [] } });
    await entries.updateOne(at(b), { $set: { 'index.agents': other.index['entities'] } });
    await entries.updateOne(at(c), {
      $set: { 'index.recorded': '2001-01-01T00:00:00.000Z', 'index.outcome': 'denied' },
    });
    await entries.updateOne(at(d), { $set: { 'index.entities': ['x'] }, $unset: { 'index.purpose': '' } });
    await entries.updateOne(at(e), { $set: { 'index.subject': 'Clinic' } });
    await entries.updateOne(at(f), { $set: { sealed: other.sealed } });
    await entries.deleteOne(at(g));
    const expected = [
      `${a} changed patients`,
      `${b} changed agents`,
      `${c} changed recorded outcome`,
      `${d} changed purpose entities`,
      `${e} unreadable`,
      `${f} replaced`,
      `${g} missing`,
    ];
    await until(() => Promise.resolve(expected.every((line) => wrong().includes(line))), {
      what: expected.join(', '),
    });
    expect([...new Set(wrong())].toSorted()).toEqual(expected.toSorted());
    const shown = (await lab.found(`_id=${e}`)).map(({ agent }) => agent);
    expect(JSON.stringify(shown)).toContain('was changed after it was logged');
    expect(await lab.metrics()).toMatch(
      /careplane_audit_entries_checked_total\{result="changed"[^}]*\} [1-9]/,
    );
  }, 60_000);
});
