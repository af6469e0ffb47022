import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditEventSchema } from '@careplane/kit';
import type { Access } from '@careplane/kit';
import { accessOf, startAuditLab } from '../../test/audit-lab.ts';
import type { AuditLab } from '../../test/audit-lab.ts';

const EVENTS = '/fhir/R4/AuditEvent';

describe('AuditEvents', () => {
  let lab: AuditLab;

  beforeAll(async () => {
    lab = await startAuditLab();
  }, 180_000);
  afterAll(async () => {
    await keepForValidator();
    await lab.stop();
  }, 60_000);

  /** What the service has answered in these tests, for `scripts/fhir/check.ts`. */
  async function keepForValidator(): Promise<void> {
    const folder = new URL('../../../../dist/fhir/', import.meta.url);
    await mkdir(folder, { recursive: true });
    const lines = (await lab.found('_count=100')).map((resource) => JSON.stringify(resource));
    await writeFile(new URL('audit.ndjson', folder), `${lines.join('\n')}\n`);
  }

  it('tells in plain words who did what and why, in the language of the reader, with names that identity knows', async () => {
    const [patient, doctor, other] = [randomUUID(), randomUUID(), randomUUID()];
    const by = (id: string): Access['agent'] => ({
      role: 'practitioner',
      account: `account-${id}`,
      client: 'app-7',
      person: { type: 'Practitioner', id },
    });
    const entities = [
      { type: 'Observation', id: 'o1' },
      { type: 'Observation', id: 'o2' },
      { type: 'Condition', id: 'c1' },
    ];
    const from = new Date(Date.now() - 60_000).toISOString();
    const until = new Date(Date.now() + 3_600_000).toISOString();
    lab.issuer.directory = {
      practitioners: { [doctor]: { name: 'Ada <Byron>', organizations: ['City Clinic'] } },
      apps: { 'app-7': 'Ward & Round' },
      emergencies: [{ patient, practitioner: doctor, from, until, reason: 'found <unconscious>' }],
    };
    for (const access of [
      accessOf({ patient, agent: by(doctor), action: 'search', entities, purpose: 'BTG', emergency: true }),
      accessOf({ patient, agent: by(other), entities: [], outcome: 'denied', reason: 'consent' }),
      accessOf({
        patient,
        agent: { role: 'patient', person: { type: 'Patient', id: patient } },
        purpose: 'PATRQT',
      }),
    ])
      await lab.trail.record([access]);
    const query = `patient=${patient}&site=records&_sort=_id`;
    const told = async (language: string): Promise<string[]> => {
      const { body } = await lab.ask(`${EVENTS}?${query}`, ['patient', patient], {
        headers: { 'accept-language': language },
      });
      return (body.entry ?? []).map(({ resource: { text } }) =>
        (text as { div: string }).div.replaceAll(/<[^>]*>|^.*?Z: /g, ''),
      );
    };
    const events = await lab.arrived(query, 3);
    expect(events[0]).toMatchObject({
      agent: [{ name: 'Ada <Byron> (City Clinic)' }, { name: 'Ward & Round' }],
      text: { status: 'generated' },
    });
    for (const event of events) expect(auditEventSchema.safeParse(event).error).toBeUndefined();
    const strip = (lines: string[]): string[] => lines.map((line) => line.replace(/^\S+Z: /, ''));
    expect(strip(await told('fr, en;q=0.5'))).toEqual([
      'Ada &lt;Byron&gt; (City Clinic), with the app Ward &amp; Round. Searched and found: measurements and findings (2), diagnoses (an emergency): allowed. Emergency access. Reason given: found &lt;unconscious&gt;',
      'A practitioner, with the app Ward &amp; Round. Looked at (treatment): refused.',
      'You. Looked at: measurements and findings (at the request of the patient): allowed.',
    ]);
    expect((await told('de-AT,de;q=0.9'))[1]).toContain(
      'Eine behandelnde Person, mit der App Ward &amp; Round. Angesehen (Behandlung): abgelehnt.',
    );
    expect((await told('es'))[2]).toContain('Usted. Consultado: mediciones y resultados');
    lab.issuer.directory = undefined;
    const away = randomUUID();
    await lab.trail.record([accessOf({ patient, agent: by(away) })]);
    await lab.arrived(query, 4);
    expect((await told('en'))[3]).toContain('A practitioner, with the app Ward');
    lab.issuer.directory = { practitioners: {}, apps: {}, emergencies: [] };
  }, 60_000);

  it('pages steadily while entries come: none twice, none left out, the newest first', async () => {
    const patient = randomUUID();
    const query = `patient=${patient}&site=records`;
    await lab.trail.record(Array.from({ length: 25 }, () => accessOf({ patient })));
    const before = (await lab.arrived(`${query}&_count=100`, 25)).map(({ id }) => id);
    const seen: string[] = [];
    let next: string | undefined = `${EVENTS}?${query}&_sort=-date&_count=4`;
    while (next !== undefined) {
      await lab.trail.record([accessOf({ patient })]);
      const { body } = await lab.ask(next, ['compliance', 'officer']);
      const page = (body.entry ?? []).map(({ resource }) => resource);
      const times = page.map(({ recorded }) => String(recorded));
      expect(times).toEqual(times.toSorted().reverse());
      seen.push(...page.map(({ id }) => id));
      const links = (body['link'] ?? []) as readonly { relation: string; url: string }[];
      next = links.find(({ relation }) => relation === 'next')?.url.replace(/^https?:\/\/[^/]+/, '');
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(before.filter((id) => !seen.includes(id))).toEqual([]);
    const [day] = new Date().toISOString().split('T');
    for (const range of [`date=ge${day ?? ''}`, `date=${day ?? ''}`, 'date=gt2020-01-01&date=lt2120'])
      expect((await lab.found(`${query}&${range}&_count=1`)).length).toBe(1);
    expect(await lab.found(`${query}&date=ge2020&date=lt2021`)).toEqual([]);
  }, 60_000);
});
