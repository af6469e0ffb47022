import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { accessOf, startAuditLab } from '../../../services/audit/test/audit-lab.ts';
import type { AuditLab } from '../../../services/audit/test/audit-lab.ts';
import type { Access } from '../audit/who-saw.ts';
import { recordingTerminal, type RecordingTerminal } from '../fixtures/recording-terminal.ts';
import { run } from '../program.ts';

describe('careplane audit who-saw', () => {
  let lab: AuditLab;

  beforeAll(async () => {
    lab = await startAuditLab();
  }, 180_000);
  afterAll(() => lab.stop(), 60_000);

  const whoSaw = async (
    role: 'compliance' | 'admin',
    ...args: string[]
  ): Promise<{ code: number; terminal: RecordingTerminal }> => {
    const token = await lab.issuer.userToken({ sub: randomUUID(), role });
    const terminal = recordingTerminal({ CAREPLANE_TOKEN: token, GATEWAY_URL: lab.url });
    return { code: await run(['audit', 'who-saw', ...args], terminal), terminal };
  };

  it('prints who, what, why and with which outcome in columns, the newest first, emergencies marked', async () => {
    const [patient, doctor] = [randomUUID(), randomUUID()];
    const agent = {
      role: 'practitioner',
      account: 'a1',
      client: 'app-7',
      person: { type: 'Practitioner', id: doctor },
    };
    lab.issuer.directory = {
      practitioners: { [doctor]: { name: 'Ada Byron', organizations: ['City Clinic'] } },
      apps: { 'app-7': 'Ward Round' },
      emergencies: [],
    };
    const entities = [
      { type: 'Observation', id: 'o1' },
      { type: 'Observation', id: 'o2' },
      { type: 'Condition', id: 'c1' },
    ];
    for (const access of [
      accessOf({ patient, agent, action: 'search', entities }),
      accessOf({ patient, agent, entities, purpose: 'BTG', emergency: true }),
      accessOf({
        patient,
        agent: { role: 'frontdesk', account: 'desk-1' },
        entities: [{ type: 'Condition', id: 'c1' }],
        outcome: 'denied',
        reason: 'role',
        purpose: 'HOPERAT',
      }),
    ])
      await lab.trail.record([access]);
    await lab.arrived(`patient=${patient}`, 3);
    const { code, terminal } = await whoSaw('compliance', patient);
    expect([code, terminal.errors()]).toEqual([0, '']);
    const lines = terminal.output().split('\n');
    const place = lines.findIndex((line) => line.includes('desk-1'));
    expect(lines[0]).toMatch(/^WHEN +WHO +WITH +WHAT +WHY +OUTCOME$/);
    const columns = ['WHO', 'WITH', 'WHAT', 'WHY', 'OUTCOME'].map((name) => lines[0]?.indexOf(name) ?? 0);
    const cellsOf = (line = ''): string[] =>
      columns.map((from, at) => line.slice(from, columns[at + 1]).trim());
    expect(lines.slice(place, place + 3).map(cellsOf)).toEqual([
      ['frontdesk desk-1', '-', 'read Condition/c1', 'running the clinic', 'refused (role)'],
      [
        'Ada Byron (City Clinic)',
        'Ward Round',
        'read 2 Observation Condition/c1',
        'emergency',
        expect.stringMatching(/^granted +EMERGENCY$/),
      ],
      [
        'Ada Byron (City Clinic)',
        'Ward Round',
        'search-type 2 Observation Condition/c1',
        'treatment',
        'granted',
      ],
    ]);
  }, 60_000);

  it('reads all pages, within the time that is asked for, and is itself in the list', async () => {
    const patient = randomUUID();
    await lab.trail.record(Array.from({ length: 230 }, () => accessOf({ patient })));
    const total = async (): Promise<unknown> =>
      (
        await lab.ask(`/fhir/R4/AuditEvent?patient=${patient}&site=records&_summary=count`, [
          'compliance',
          'o',
        ])
      ).body['total'];
    await until(async () => (await total()) === 230, { what: 'all entries' });
    const count = async (...args: string[]): Promise<Access[]> => {
      const { code, terminal } = await whoSaw('compliance', patient, '-o', 'json', ...args);
      expect([code, terminal.errors()]).toEqual([0, '']);
      return JSON.parse(terminal.output()) as Access[];
    };
    const all = await count();
    expect(all.filter(({ who }) => who.startsWith('practitioner')).length).toBe(230);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const again = await count();
    expect(again.filter(({ who }) => who.startsWith('compliance')).length).toBeGreaterThan(2);
    expect(await count('--since', '2020-01-01', '--until', '2020-12-31')).toEqual([]);
    expect((await count('--since', '2020-01-01')).length).toBeGreaterThan(230);
    const { terminal } = await whoSaw('compliance', randomUUID(), '--until', '2020');
    expect(terminal.errors()).toContain('nobody has looked at this record');
  }, 60_000);

  it('is refused to whom the clinic refuses it, and says what is wrong with a date or a missing token', async () => {
    const refused = await whoSaw('admin', randomUUID());
    expect([refused.code, refused.terminal.errors()]).toEqual([1, expect.stringContaining('answers 403')]);
    const wrong = await whoSaw('compliance', randomUUID(), '--since', 'yesterday');
    expect([wrong.code, wrong.terminal.errors()]).toEqual([1, expect.stringContaining('answers 400')]);
    const without = recordingTerminal({ GATEWAY_URL: lab.url });
    expect(await run(['audit', 'who-saw', 'x'], without)).toBe(1);
    expect(without.errors()).toContain('--token-file');
  }, 60_000);
});
