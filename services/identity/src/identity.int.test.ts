import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { fetchAs } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import amqplib from 'amqplib';
import { call, logIn, newPatient, PASSWORD } from '../test/api.ts';
import { ADMIN_PASSWORD, startGround } from '../test/clinic.ts';
import type { Ground } from '../test/clinic.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

describe('identity on real engines', () => {
  let ground: Ground;
  let running: Awaited<ReturnType<Ground['start']>>;
  let base: string;

  beforeAll(async () => {
    ground = await startGround();
    // 50 passwords are hashed two at a time, on a busy machine for seconds.
    running = await ground.start({ HASH_WAIT_MS: '13000' });
    base = running.url;
  }, 120_000);
  afterAll(async () => {
    await running.stop();
    await ground.stop();
  });

  it('registers a patient, who logs in and reads what was registered', async () => {
    const patient = newPatient();
    const registered = await call(base, 'POST /v1/patients', { body: patient });
    expect(registered.status).toBe(201);
    const id = registered.body['id'] as string;
    expect(registered.headers.get('location')).toBe(`/v1/patients/${id}`);
    const token = await logIn(base, patient.email.toUpperCase(), PASSWORD);
    const read = await call(base, `GET /v1/patients/${id}`, { token });
    expect(read.status).toBe(200);
    expect(read.headers.get('etag')).toBe('W/"1"');
    expect(read.body).toMatchObject({
      resourceType: 'Patient',
      id,
      name: patient['name'],
      birthDate: '1961-04-12',
    });
    expect(JSON.stringify(read.body)).not.toContain('password');
  });

  it('says patient.registered with ids only, once for a registration', async () => {
    const { body } = await call(base, 'POST /v1/patients', { body: newPatient() });
    const connection = await amqplib.connect(ground.rabbit.uri);
    try {
      const channel = await connection.createChannel();
      const found: string[] = [];
      await until(
        async () => {
          const message = await channel.get('notifications', { noAck: true });
          if (message) found.push(message.content.toString());
          return found.some((text) => text.includes(body['id'] as string));
        },
        { what: 'the event' },
      );
      const mine = found
        .filter((text) => text.includes(body['id'] as string))
        .map((text) => JSON.parse(text) as object);
      expect(mine).toHaveLength(1);
      expect(mine[0]).toMatchObject({
        specversion: '1.0',
        source: '/careplane/identity',
        type: 'patient.registered',
        subject: body['id'],
        data: { patientId: body['id'] },
      });
    } finally {
      await connection.close();
    }
  });

  it('gives one of 50 parallel registrations of an address its 201 and the others 409', async () => {
    const patient = newPatient();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => call(base, 'POST /v1/patients', { body: patient })),
    );
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(49);
  }, 60_000);

  it('replays a registration with its Idempotency-Key and refuses the key for another body', async () => {
    const patient = newPatient();
    const headers = { 'idempotency-key': randomUUID() };
    const first = await call(base, 'POST /v1/patients', { body: patient, headers });
    const again = await call(base, 'POST /v1/patients', { body: patient, headers });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = await call(base, 'POST /v1/patients', {
      body: { ...patient, password: 'another password' },
      headers,
    });
    expect(other.status).toBe(422);
  });

  it('names every wrong field of a registration and repeats no value', async () => {
    const answer = await call(base, 'POST /v1/patients', {
      body: newPatient({
        birthDate: 'yesterday',
        gender: 'x',
        telecom: [{ system: 'email', value: 'nobody' }],
        role: 'admin',
      }),
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const paths = (answer.body['errors'] as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['body.birthDate', 'body.gender', 'body.telecom.0.value', 'body']),
    );
    expect(JSON.stringify(answer.body)).not.toContain('nobody');
  });

  it('shows a patient to the patient, to practitioners and to the admin, and to no other patient', async () => {
    const admin = await logIn(base, 'admin', ADMIN_PASSWORD);
    const [patient, other] = [newPatient(), newPatient()];
    const { body } = await call(base, 'POST /v1/patients', { body: patient });
    await call(base, 'POST /v1/patients', { body: other });
    const path = `GET /v1/patients/${body['id'] as string}`;
    expect((await call(base, path, { token: admin })).status).toBe(200);
    expect((await call(base, path, { token: await logIn(base, other.email, PASSWORD) })).status).toBe(403);
    expect((await call(base, path)).status).toBe(401);
    expect((await call(base, path, { token: `${admin.slice(0, -4)}AAAA` })).status).toBe(401);
  });

  it('creates a practitioner once per identifier, and pages through practitioners', async () => {
    const admin = await logIn(base, 'admin', ADMIN_PASSWORD);
    const practitioner = (npi: string): object => ({
      identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: npi }],
      name: [{ family: 'Nachtweih', given: ['Ilse'], prefix: ['Dr.'] }],
    });
    const npis = Array.from({ length: 5 }, () => randomUUID());
    const created = await Promise.all(
      npis.map((npi) => call(base, 'POST /v1/practitioners', { token: admin, body: practitioner(npi) })),
    );
    expect(created.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const again = await call(base, 'POST /v1/practitioners', {
      token: admin,
      body: practitioner(npis[0] ?? ''),
    });
    expect([again.status, again.body['id']]).toEqual([200, created[0]?.body['id']]);
    const seen: unknown[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const page = await call(base, `GET /v1/practitioners?limit=2${cursor && `&cursor=${cursor}`}`, {
        token: admin,
      });
      seen.push(...(page.body['items'] as { id: string }[]).map(({ id }) => id));
      cursor = page.body['next'] as string | undefined;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(created.map(({ body }) => body['id'])));
  });

  it('keeps a consent with its version: against the seen version only, by the patient only', async () => {
    const patient = newPatient();
    const { body } = await call(base, 'POST /v1/patients', { body: patient });
    const token = await logIn(base, patient.email, PASSWORD);
    const path = `/v1/patients/${body['id'] as string}/consents`;
    const put = (version: number, granted: boolean) =>
      call(base, `PUT ${path}/notifications.email`, {
        token,
        body: { granted },
        headers: { 'if-match': `W/"${version}"` },
      });
    expect((await call(base, `GET ${path}`, { token })).body['items']).toEqual(
      expect.arrayContaining([{ scope: 'notifications.email', granted: true, version: 0 }]),
    );
    const racing = await Promise.all([put(0, false), put(0, true)]);
    expect(racing.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect((await put(1, false)).body).toMatchObject({ granted: false, version: 2 });
    expect((await put(1, true)).status).toBe(412);
    const unversioned = await call(base, `PUT ${path}/research`, { token, body: { granted: true } });
    expect(unversioned.status).toBe(428);
    const admin = await logIn(base, 'admin', ADMIN_PASSWORD);
    expect((await call(base, `PUT ${path}/research`, { token: admin, body: { granted: true } })).status).toBe(
      403,
    );
  });

  it('gives a contact to the service notifications with the consent as it stands, and to no other caller', async () => {
    const patient = newPatient({ consents: [{ scope: 'notifications.email', granted: false }] });
    const { body } = await call(base, 'POST /v1/patients', { body: patient });
    const path = `/internal/contacts/${body['id'] as string}`;
    const encrypted = await ground.start({ CAREPLANE_TLS_HTTP: 'Mutual' });
    try {
      const ask = async (service: string): Promise<{ status: number; text: string }> =>
        fetchAs(await ground.identities.credentials(service), `${encrypted.url}${path}`);
      expect(JSON.parse((await ask('notifications')).text)).toEqual({
        patientId: body['id'],
        givenName: 'Waltraud',
        email: patient.email,
        consents: { 'notifications.email': false, research: false },
      });
      expect((await ask('appointments')).status).toBe(403);
      expect((await ask('undeclared')).text).toContain('declares no call to identity');
    } finally {
      await encrypted.stop();
    }
    const admin = await logIn(base, 'admin', ADMIN_PASSWORD);
    expect((await call(base, `GET ${path}`, { token: admin })).status).toBe(403);
  });

  it('signs with one key however many replicas start at once, and each verifies the other’s tokens', async () => {
    const replicas = await Promise.all([ground.start(), ground.start()]);
    try {
      const tokens = await Promise.all(replicas.map(({ url }) => logIn(url, 'admin', ADMIN_PASSWORD)));
      const [first, second] = await Promise.all(
        replicas.map(({ url }) => call(url, 'GET /.well-known/jwks.json')),
      );
      expect(first?.body).toEqual(second?.body);
      expect(first?.headers.get('cache-control')).toContain('max-age=60');
      expect(JSON.stringify(first?.body)).not.toContain('"d"');
      const crossed = await call(replicas[1].url, 'GET /v1/practitioners', { token: tokens[0] ?? '' });
      expect(crossed.status).toBe(200);
    } finally {
      await Promise.all(replicas.map((replica) => replica.stop()));
    }
  });

  it('stops guessing at a password after ten failures, also while Redis is dead, and counts no success', async () => {
    const patient = newPatient();
    await call(base, 'POST /v1/patients', { body: patient });
    const guess = (address: string) =>
      call(base, 'POST /v1/tokens', {
        body: { username: patient.email, password: 'guess' },
        headers: { 'x-forwarded-for': address },
      });
    const statuses: number[] = [];
    for (let i = 0; i < 12; i += 1) statuses.push((await guess('192.0.2.1')).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    await ground.redis.kill();
    try {
      const dead: number[] = [];
      for (let i = 0; i < 12; i += 1) dead.push((await guess('192.0.2.2')).status);
      expect(dead).toEqual([...Array<number>(10).fill(401), 429, 429]);
      for (let i = 0; i < 12; i += 1) await logIn(base, patient.email, PASSWORD);
    } finally {
      await ground.redis.restart();
    }
  }, 60_000);

  it('is ready, and says so with its metrics, on the admin port only', async () => {
    expect((await call(running.adminUrl, 'GET /readyz')).body).toMatchObject({ ready: true });
    const metrics = await (await fetch(`${running.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/http_server_request_duration_seconds_bucket\{.*route="\/v1\/patients\/:id"/);
    expect(metrics).toMatch(/careplane_events_published_total\{event="patient.registered"\} [1-9]/);
    expect((await call(base, 'GET /metrics')).status).toBe(404);
  });

  it('has logged no personal data in all of this', () => {
    const text = running.log.text();
    expect(running.log.entries().length).toBeGreaterThan(100);
    for (const secret of [
      'waltraud',
      'quellenbusch',
      'mail.example',
      '1961-04-12',
      PASSWORD,
      ADMIN_PASSWORD,
      'eyJ',
    ]) {
      expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
    }
  });
});
