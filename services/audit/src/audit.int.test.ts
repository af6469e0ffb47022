import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditEventSchema } from '@careplane/kit';
import { watchRoutes } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import { accessOf, startAuditLab } from '../test/audit-lab.ts';
import type { AnsweredEvent, AuditLab } from '../test/audit-lab.ts';
import { definitions } from './openapi.ts';

const EVENTS = '/fhir/R4/AuditEvent';
const COMPLIANCE = ['compliance', 'officer'] as const;

describe('the audit service', () => {
  let lab: AuditLab;
  const routes = watchRoutes(definitions);

  beforeAll(async () => {
    lab = await startAuditLab();
  }, 180_000);
  afterAll(async () => {
    routes.stop();
    await lab.stop();
  }, 60_000);

  const found: AuditLab['found'] = (...query) => lab.found(...query);
  const arrived: AuditLab['arrived'] = (...query) => lab.arrived(...query);

  it('publishes its log at the admin port, too, for the operator: without the records', async () => {
    const { adminUrl } = lab.replica;
    const get = (path: string): Promise<Response> => fetch(`${adminUrl}${path}`);
    const checkpoint = await (await get('/audit-log/checkpoint')).text();
    expect(checkpoint).toMatch(/^careplane\.dev\/default\/audit\n\d+\n/);
    expect(await (await get('/audit-log/vkeys')).text()).toMatch(
      /^careplane\.dev\/default\/audit\+[0-9a-f]{8}\+/,
    );
    for (const path of ['/audit-log/records/000', '/audit-log/tile/0/999', '/fhir/R4/AuditEvent', '/other'])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect((await get('/readyz')).status).toBe(200);
  });

  it('is searched by who, whose, what, when, which kind and with which outcome', async () => {
    const [patient, resource] = [randomUUID(), randomUUID()];
    const person = { type: 'Practitioner', id: randomUUID() };
    const agent = { role: 'practitioner', account: `account-${patient}`, client: 'app-1', person };
    const entities = [{ type: 'Observation', id: resource, version: '3' }];
    await lab.trail.record([
      accessOf({ patient, agent, entities, purpose: 'BTG', emergency: true }),
      accessOf({ patient, action: 'search', criteria: ['code', 'date'] }),
      accessOf({ patient, action: '$everything', outcome: 'denied', reason: 'consent' }),
      accessOf({ action: 'log-in', outcome: 'failed', reason: 'http-401', entities: [], count: 7 }),
    ]);
    const all = await arrived(`patient=${patient}`, 3);
    for (const event of [...all, ...(await arrived('subtype=110122', 1))]) {
      expect(auditEventSchema.safeParse(event).error).toBeUndefined();
    }
    const [read] = await found(`agent=Practitioner/${person.id}`);
    expect(read).toMatchObject({
      type: { code: 'rest' },
      subtype: [{ code: 'read' }],
      action: 'R',
      outcome: '0',
      purposeOfEvent: [{ coding: [{ code: 'BTG' }] }],
      agent: [
        { who: { reference: `Practitioner/${person.id}` }, altId: agent.account, requestor: true },
        { who: { identifier: { value: 'app-1' } }, requestor: false },
      ],
      source: { site: 'records' },
    });
    expect(JSON.stringify(read)).toContain(`Observation/${resource}/_history/3`);
    const queries = [
      `altid=${agent.account}`,
      `entity=Observation/${resource}`,
      `patient=${patient}&subtype=read`,
      `patient=Patient/${patient}&action=R`,
      `patient=${patient}&agent=${person.id}&outcome=0`,
      `patient=${patient}&purpose=BTG`,
      `patient=${patient}&purpose=http://terminology.hl7.org/CodeSystem/v3-ActReason|BTG`,
    ];
    for (const query of queries) expect((await found(query)).map(({ id }) => id)).toEqual([read?.id]);
    expect((await found(`patient=${patient}&outcome=8`)).map(({ outcomeDesc }) => outcomeDesc)).toEqual([
      'consent',
    ]);
    expect(await found(`patient=${patient}&date=lt2020`)).toEqual([]);
    expect((await found(`patient=${patient}&type=rest&source=Device/records&date=ge2020`)).length).toBe(3);
    expect((await lab.ask(`${EVENTS}?entity=${resource}`, COMPLIANCE)).status).toBe(400);
  }, 60_000);

  it('shows patients all about themselves and nothing else, and others nothing', async () => {
    const [patient, other] = [randomUUID(), randomUUID()];
    await lab.trail.record([accessOf({ patient }), accessOf({ patient: other }), accessOf()]);
    const [event] = await arrived(`patient=${patient}`, 1);
    const [theirs] = await arrived(`patient=${other}`, 1);
    const mine = await found('', ['patient', patient]);
    expect(
      mine.filter(({ source }) => (source as { site: string }).site === 'records').map(({ id }) => id),
    ).toEqual([event?.id]);
    expect((await lab.ask(`${EVENTS}/${event?.id ?? ''}`, ['patient', patient])).status).toBe(200);
    expect((await lab.ask(`${EVENTS}/${event?.id ?? ''}/_history/1`, COMPLIANCE)).status).toBe(200);
    expect((await lab.ask(`${EVENTS}/${theirs?.id ?? ''}`, ['patient', patient])).status).toBe(404);
    expect(await found(`patient=${other}`, ['patient', patient])).toEqual([]);
    for (const role of ['frontdesk', 'admin'] as const) {
      expect((await lab.ask(EVENTS, [role, 'x'])).status).toBe(403);
    }
  }, 60_000);

  it('shows practitioners what their own account went through, and not who has looked them up', async () => {
    const doctor = randomUUID();
    const entities = [{ type: 'Practitioner', id: doctor }];
    await lab.trail.record([
      accessOf({ action: 'second-factor-added', entities }),
      accessOf({ entities }),
      accessOf({ action: 'second-factor-added', entities: [{ type: 'Practitioner', id: randomUUID() }] }),
    ]);
    const [event] = await arrived(`entity=Practitioner/${doctor}&subtype=second-factor-added`, 1);
    expect(event).toMatchObject({
      type: { code: '110113' },
      subtype: [
        { code: '110137', display: 'User Security Attributes Changed' },
        { code: 'second-factor-added' },
      ],
    });
    await arrived(`entity=Practitioner/${doctor}`, 2);
    expect((await found('', ['practitioner', doctor])).map(({ id }) => id)).toEqual([event?.id]);
    expect(await found('', ['practitioner', randomUUID()])).toEqual([]);
  }, 60_000);

  it('is written by nobody through its API', async () => {
    const [event] = await arrived('', 1);
    const path = `${EVENTS}/${event?.id ?? ''}`;
    const body = JSON.stringify(event);
    for (const [method, at] of [
      ['POST', EVENTS],
      ['PUT', path],
      ['DELETE', path],
    ] as const) {
      const init = method === 'DELETE' ? { method } : { method, body };
      expect([method, (await lab.ask(at, COMPLIANCE, init)).status]).toEqual([method, 405]);
    }
    expect((await lab.ask(path, COMPLIANCE)).body).toEqual(event);
  }, 60_000);

  it('records who has read it, once for each answer', async () => {
    const patient = randomUUID();
    await lab.trail.record([accessOf({ patient })]);
    const [event] = await arrived(`patient=${patient}`, 1);
    const about = `patient=${patient}&site=audit&subtype=read`;
    expect(await found(about)).toEqual([]);
    await lab.ask(`${EVENTS}/${event?.id ?? ''}`, COMPLIANCE);
    const reads = await found(about);
    expect(reads.length).toBe(1);
    expect(JSON.stringify(reads)).toContain(`AuditEvent/${event?.id ?? ''}`);
    expect((await found(about)).length).toBe(1);
  }, 60_000);

  it('gives sealed records to compliance alone, and records each time', async () => {
    const officer = randomUUID();
    const exports = (outcome: string): Promise<AnsweredEvent[]> =>
      found(`type=110106&outcome=${outcome}&altid=${officer}`);
    const first = await fetch(`${lab.url}/audit-log/records/000.p/1`, {
      headers: {
        authorization: `Bearer ${await lab.issuer.userToken({ sub: officer, role: 'compliance' })}`,
      },
    });
    const line = JSON.parse(await first.text()) as { id: string; sealed: string };
    expect([first.status, Buffer.from(line.sealed, 'base64').length > 100]).toEqual([200, true]);
    expect(await exports('0')).toMatchObject([{ subtype: [{ code: 'export' }], action: 'R' }]);
    for (const role of ['patient', 'practitioner', 'admin', 'app'] as const) {
      const token = await lab.issuer.userToken({ sub: officer, role });
      const { status } = await fetch(`${lab.url}/audit-log/records/000.p/1`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect([role, status]).toEqual([role, 403]);
    }
    expect((await exports('8')).map(({ outcomeDesc }) => outcomeDesc)).toEqual([
      'role',
      'role',
      'role',
      'role',
    ]);
    expect((await fetch(`${lab.url}/audit-log/records/000.p/1`)).status).toBe(401);
    const narrow = await lab.issuer.accessToken({
      role: 'compliance',
      sub: officer,
      scope: 'user/Patient.rs',
    });
    const denied = await fetch(`${lab.url}/audit-log/records/000.p/1`, {
      headers: { authorization: `Bearer ${narrow}` },
    });
    expect(denied.status).toBe(403);
    for (const path of ['checkpoint', 'vkeys', 'tile/0/000.p/1', 'tile/entries/000.p/1'])
      expect([path, (await fetch(`${lab.url}/audit-log/${path}`)).status]).toEqual([path, 200]);
  }, 60_000);

  it('keeps no id of a person in clear', async () => {
    const [patient, account] = [randomUUID(), randomUUID()];
    const agent = { role: 'practitioner', account, client: 'app-1' };
    await lab.trail.record([accessOf({ patient, agent })]);
    await arrived(`patient=${patient}`, 1);
    const dump: string[] = [];
    for (const { name } of await lab.database.listCollections().toArray()) {
      for await (const document of lab.database.collection(name).find()) dump.push(JSON.stringify(document));
    }
    expect(dump.length).toBeGreaterThan(5);
    expect(dump.join('\n')).not.toContain(patient);
    expect(dump.join('\n')).not.toContain(account);
  }, 60_000);

  it('has no date that an index could expire, in a collection that nobody may change', async () => {
    const names = (await lab.database.listCollections().toArray()).map(({ name }) => name);
    const logged = names.filter((name) => name.startsWith('log_'));
    expect(logged.length).toBeGreaterThan(2);
    for (const name of logged) {
      const dates = {
        $expr: {
          $in: ['date', { $map: { input: { $objectToArray: '$$ROOT' }, in: { $type: '$$this.v' } } }],
        },
      };
      const inIndex = { 'index.recorded': { $type: 'date' as const } };
      expect([name, await lab.database.collection(name).countDocuments({ $or: [dates, inIndex] })]).toEqual([
        name,
        0,
      ]);
    }
  }, 60_000);

  it('has each entry once, though replicas are killed while they take them in', async () => {
    const patient = randomUUID();
    /** Kills a replica that has taken in more than so many messages. */
    const kill = async (after: number): Promise<number> => {
      const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
        env: { PATH: process.env['PATH'], ...lab.env, POD_NAME: `audit-doomed-${randomUUID()}` },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let consumed = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        if ((JSON.parse(line) as { message: string }).message === 'event consumed') consumed += 1;
        if (consumed > after) break;
      }
      child.kill('SIGKILL');
      await once(child, 'exit');
      return consumed;
    };
    const over = new AbortController();
    let sent = 0;
    const sending = (async () => {
      while (!over.signal.aborted) {
        await lab.trail.record(Array.from({ length: 5 }, () => accessOf({ patient })));
        sent += 5;
      }
    })();
    try {
      for (const after of [3, 10, 25]) expect(await kill(after)).toBeGreaterThan(after);
    } finally {
      over.abort();
      await sending;
    }
    const total = async (): Promise<number> => {
      const { body } = await lab.ask(`${EVENTS}?patient=${patient}&site=records&_summary=count`, COMPLIANCE);
      return Number(body['total']);
    };
    await until(async () => (await total()) >= sent, { what: `${String(sent)} entries`, deadlineMs: 60_000 });
    expect(await total()).toBe(sent);
    const ids = await lab.database.collection('log_batches').find().toArray();
    const logged = ids.flatMap(({ ids: some }) => (some as { toString(): string }[]).map(String));
    expect(new Set(logged).size).toBe(logged.length);
  }, 240_000);

  it('answers each of its routes', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const search = await lab.ask(`${EVENTS}/_search`, COMPLIANCE, {
      method: 'POST',
      body: '_count=1',
      headers: form,
    });
    expect(search.status).toBe(200);
    expect(routes.missing()).toEqual([]);
  });
});
