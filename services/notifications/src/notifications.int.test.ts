import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startService } from '@careplane/kit';
import type { RunningService } from '@careplane/kit';
import {
  createLogSink,
  createTestBindings,
  createTestIdentities,
  declareTopology,
  mongodbEntries,
  rabbitmqEntries,
  testSpiffeId,
} from '@careplane/kit/testing';
import { mailSink } from '@careplane/mail-sink';
import { freePort, startMongod, startRabbit, until } from '@careplane/testing';
import type { RunningMongod, RunningRabbit } from '@careplane/testing';
import { startFakeIdentity } from '../test/fake-identity.ts';
import type { FakeIdentity } from '../test/fake-identity.ts';
import { publishEvent, takeDeadLetters } from '../test/test-broker.ts';
import { notifications } from './service.ts';

interface Mail {
  readonly messageId: string;
  readonly to: string[];
  readonly subject: string;
  readonly text: string;
}

const logs = createLogSink();
const bindings = createTestBindings();
const sinkBindings = createTestBindings();
const start = '2027-03-12T14:00:00.000Z';
let mongod: RunningMongod;
let rabbit: RunningRabbit;
let identity: FakeIdentity;
let sink: RunningService | undefined;
let worker: RunningService;
let smtpPort: number;

async function startSink(): Promise<RunningService> {
  const env = {
    PORT: '0',
    ADMIN_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
    SMTP_PORT: String(smtpPort),
    CAREPLANE_TLS_SMTP: 'Mutual',
    SERVICE_BINDING_ROOT: sinkBindings.root,
  };
  return startService(mailSink, { env, logStream: logs.stream });
}

async function startWorker(): Promise<RunningService> {
  return startService(notifications, {
    env: {
      ADMIN_PORT: '0',
      SHUTDOWN_DELAY_MS: '0',
      SERVICE_BINDING_ROOT: bindings.root,
      CALLS_IDENTITY_URL: identity.url,
      CALLS_MAIL_SINK_SMTP_URL: `tls://127.0.0.1:${smtpPort}`,
      MAIL_FROM: 'clinic@careplane.example',
    },
    logStream: logs.stream,
  });
}

beforeAll(async () => {
  const identities = await createTestIdentities();
  [mongod, rabbit, identity, smtpPort] = await Promise.all([
    startMongod(),
    startRabbit(),
    startFakeIdentity(await identities.credentials('identity')),
    freePort(),
  ]);
  await declareTopology(rabbit.uri, {
    service: 'notifications',
    consumes: ['account.message', 'patient.registered', 'appointment.booked', 'appointment.cancelled'],
  });
  bindings.write('db', mongodbEntries(mongod, 'notifications'));
  bindings.write('broker', rabbitmqEntries(rabbit));
  bindings.write('internal', await identities.entries('notifications'));
  sinkBindings.write('internal', await identities.entries('mail-sink', { smtp: ['notifications'] }));
  sink = await startSink();
  worker = await startWorker();
}, 180_000);

afterAll(async () => {
  await worker.stop();
  await sink?.stop();
  await Promise.all([mongod.stop(), rabbit.stop(), identity.stop()]);
  bindings.remove();
  sinkBindings.remove();
}, 60_000);

function newPatient(consented = true): { patientId: string; email: string } {
  const patientId = randomUUID();
  const email = `${patientId}@mail.example`;
  identity.contacts.set(patientId, {
    givenName: 'Zoë <3',
    email,
    consents: { 'notifications.email': consented },
  });
  return { patientId, email };
}

function booking(patientId: string): object {
  const [appointmentId, practitionerId, scheduleId] = [randomUUID(), randomUUID(), randomUUID()];
  return {
    ...{ appointmentId, patientId, practitionerId, scheduleId },
    ...{ start, end: '2027-03-12T14:30:00.000Z' },
    ...{ bookedByRole: 'frontdesk', bookedBy: 'desk' },
  };
}

async function mailsTo(email: string): Promise<Mail[]> {
  const answer = await fetch(`${sink?.url ?? ''}/messages?to=${encodeURIComponent(email)}`);
  return ((await answer.json()) as { items: Mail[] }).items;
}

async function mailTo(email: string): Promise<Mail> {
  return until(async () => (await mailsTo(email))[0], { what: 'the mail' });
}

/** The value of a counter of the worker, by the text of its labels. */
async function counted(labels: string): Promise<number> {
  const text = await (await fetch(`${worker.adminUrl}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.includes(`{${labels}}`))
      ?.split(' ')[1] ?? 0,
  );
}

describe('notifications', () => {
  it('turn each event into one mail in the clinic time zone, with a Message-ID made of the event', async () => {
    const { patientId, email } = newPatient();
    const id = await publishEvent(rabbit, 'appointment.booked', booking(patientId));
    const mail = await mailTo(email);
    expect(mail).toMatchObject({
      messageId: `${id}@careplane.example`,
      to: [email],
      subject: 'Your appointment is booked',
    });
    expect(mail.text).toContain('Hello Zoë <3,');
    expect(mail.text).toContain('Friday, March 12, 2027 at 9:00 AM EST');
    expect([...identity.callers]).toEqual([expect.stringContaining(testSpiffeId('notifications'))]);

    const other = newPatient();
    const { appointmentId, practitionerId } = { appointmentId: randomUUID(), practitionerId: randomUUID() };
    await publishEvent(rabbit, 'patient.registered', { patientId: other.patientId });
    await publishEvent(rabbit, 'appointment.cancelled', {
      appointmentId,
      patientId: other.patientId,
      practitionerId,
      start,
      reason: 'pat',
    });
    const subjects = await until(
      async () => {
        const mails = await mailsTo(other.email);
        return mails.length === 2 && mails.map((one) => one.subject).sort();
      },
      { what: 'two mails' },
    );
    expect(subjects).toEqual(['Welcome to your clinic', 'Your appointment is cancelled']);
  }, 30_000);

  it('send what identity has to say about an account, once, and dead-letter what it does not know', async () => {
    const [messageId, to] = [randomUUID(), `${randomUUID()}@mail.example`];
    const link = 'https://clinic.example/account/reset?token=abc';
    identity.accountMessages.set(messageId, { to, kind: 'reset', link, language: 'en' });
    const data = { messageId, addedLater: true };
    const id = await publishEvent(rabbit, 'account.message', data);
    expect(await mailTo(to)).toMatchObject({
      messageId: `${id}@careplane.example`,
      subject: 'Choose a new password',
      text: expect.stringContaining(link) as unknown,
    });
    await until(
      () =>
        Promise.resolve(
          logs.entries().some((entry) => entry['messageId'] === id && entry['result'] === 'ok'),
        ),
      { what: 'the event to be noted' },
    );
    await publishEvent(rabbit, 'account.message', data, id);
    await until(async () => (await counted('event="account.message",result="duplicate"')) === 1, {
      what: 'the duplicate to be counted',
    });
    expect(await mailsTo(to)).toHaveLength(1);
    await publishEvent(rabbit, 'account.message', { messageId: randomUUID() });
    const [letter] = await until(
      async () => {
        const letters = await takeDeadLetters(rabbit);
        return letters.length > 0 && letters;
      },
      { what: 'the dead letter' },
    );
    expect(letter?.properties.headers).toMatchObject({ 'x-careplane-reason': 'unknown-message' });
  }, 30_000);

  it('send nothing when an event comes again', async () => {
    const { patientId, email } = newPatient();
    const data = booking(patientId);
    const id = await publishEvent(rabbit, 'appointment.booked', data);
    await mailTo(email);
    // The mail is there before it is noted: until then the same event would be sent again, at least once being the promise.
    await until(
      () =>
        Promise.resolve(
          logs.entries().some(({ message, messageId }) => message === 'event consumed' && messageId === id),
        ),
      {
        what: 'the event to be noted',
      },
    );
    const before = await counted('event="appointment.booked",result="duplicate"');
    await publishEvent(rabbit, 'appointment.booked', data, id);
    await until(async () => (await counted('event="appointment.booked",result="duplicate"')) === before + 1, {
      what: 'the duplicate to be counted',
    });
    const totals = (await (await fetch(`${sink?.url ?? ''}/messages/count?to=${email}`)).json()) as object;
    expect(totals).toMatchObject({ count: 1, duplicates: 0 });
  }, 30_000);

  it('send nothing without consent, and count that', async () => {
    const { patientId, email } = newPatient(false);
    await publishEvent(rabbit, 'appointment.booked', booking(patientId));
    await until(async () => (await counted('event="appointment.booked",outcome="no-consent"')) === 1, {
      what: 'the missing consent to be counted',
    });
    expect(await mailsTo(email)).toEqual([]);
  }, 30_000);

  it('dead-letter an event of an unknown patient with the reason', async () => {
    await publishEvent(rabbit, 'patient.registered', { patientId: randomUUID() });
    const [letter] = await until(
      async () => {
        const letters = await takeDeadLetters(rabbit);
        return letters.length > 0 && letters;
      },
      { what: 'the dead letter' },
    );
    expect(letter?.properties.headers).toMatchObject({ 'x-careplane-reason': 'unknown-patient' });
  }, 30_000);

  it('deliver later what cannot be delivered while identity or the mail server is away', async () => {
    const [first, second] = [newPatient(), newPatient()];
    identity.away = true;
    const retried = await counted('event="appointment.booked",result="retried"');
    await publishEvent(rabbit, 'appointment.booked', booking(first.patientId));
    await until(async () => (await counted('event="appointment.booked",result="retried"')) > retried, {
      what: 'a retry while identity is away',
    });
    identity.away = false;
    await mailTo(first.email);

    await sink?.stop();
    const again = await counted('event="appointment.booked",result="retried"');
    await publishEvent(rabbit, 'appointment.booked', booking(second.patientId));
    await until(async () => (await counted('event="appointment.booked",result="retried"')) > again, {
      what: 'a retry while the mail server is away',
    });
    sink = await startSink();
    await mailTo(second.email);
    expect(await takeDeadLetters(rabbit)).toEqual([]);
  }, 60_000);

  it('write no name and no address into the logs', () => {
    expect(logs.text()).toContain('event consumed');
    expect(logs.text()).not.toContain('Zoë');
    expect(logs.text()).not.toContain('@mail.example');
  });

  it('finish what they hold when they are asked to end', async () => {
    const patients = Array.from({ length: 20 }, () => newPatient());
    for (const { patientId } of patients)
      await publishEvent(rabbit, 'appointment.booked', booking(patientId));
    expect(await worker.stop()).toBe(true);
    const sent = await Promise.all(patients.map(async ({ email }) => (await mailsTo(email)).length));
    worker = await startWorker();
    for (const { email } of patients) await mailTo(email);
    const totals = (await (await fetch(`${sink?.url ?? ''}/messages/count`)).json()) as {
      duplicates: number;
    };
    expect(totals.duplicates).toBe(0);
    expect(sent.every((count) => count <= 1)).toBe(true);
  }, 60_000);
});
