import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { declareTopology, takeEvent, testSpiffeId } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import { startMailGround } from '../test/mail-ground.ts';
import type { MailGround } from '../test/mail-ground.ts';
import { publishEvent, takeDeadLetters } from '../test/test-broker.ts';

const start = '2027-03-12T14:00:00.000Z';
let ground: MailGround;

beforeAll(async () => {
  ground = await startMailGround();
}, 180_000);

afterAll(() => ground.stop(), 60_000);

function booking(patientId: string): object {
  const [appointmentId, practitionerId, scheduleId] = [randomUUID(), randomUUID(), randomUUID()];
  return {
    ...{ appointmentId, patientId, practitionerId, scheduleId },
    ...{ start, end: '2027-03-12T14:30:00.000Z' },
    ...{ bookedByRole: 'frontdesk', bookedBy: 'desk' },
  };
}

describe('notifications', () => {
  it('turn each event into one mail in the clinic time zone, with a Message-ID made of the event', async () => {
    const { patientId, email } = ground.newPatient();
    const id = await publishEvent(ground.rabbit, 'appointment.booked', booking(patientId));
    const mail = await ground.mailTo(email);
    expect(mail).toMatchObject({
      messageId: `${id}@careplane.example`,
      to: [email],
      subject: 'Your appointment is booked',
    });
    expect(mail.text).toContain('Hello Zoë <3,');
    expect(mail.text).toContain('Friday, March 12, 2027 at 9:00 AM EST');
    expect([...ground.identity.callers]).toEqual([expect.stringContaining(testSpiffeId('notifications'))]);

    const other = ground.newPatient();
    const { appointmentId, practitionerId } = { appointmentId: randomUUID(), practitionerId: randomUUID() };
    await publishEvent(ground.rabbit, 'patient.registered', { patientId: other.patientId });
    await publishEvent(ground.rabbit, 'appointment.cancelled', {
      appointmentId,
      patientId: other.patientId,
      practitionerId,
      start,
      reason: 'pat',
    });
    const subjects = await until(
      async () => {
        const mails = await ground.mailsTo(other.email);
        return mails.length === 2 && mails.map((one) => one.subject).sort();
      },
      { what: 'two mails' },
    );
    expect(subjects).toEqual(['Welcome to your clinic', 'Your appointment is cancelled']);
  }, 30_000);

  it('send what identity has to say about an account, once, and dead-letter what it does not know', async () => {
    const [messageId, to] = [randomUUID(), `${randomUUID()}@mail.example`];
    const link = 'https://clinic.example/account/reset?token=abc';
    ground.identity.accountMessages.set(messageId, { to, kind: 'reset', link, language: 'en' });
    const data = { messageId, addedLater: true };
    const id = await publishEvent(ground.rabbit, 'account.message', data);
    expect(await ground.mailTo(to)).toMatchObject({
      messageId: `${id}@careplane.example`,
      subject: 'Choose a new password',
      text: expect.stringContaining(link) as unknown,
    });
    await until(
      () =>
        Promise.resolve(
          ground.logs.entries().some((entry) => entry['messageId'] === id && entry['result'] === 'ok'),
        ),
      { what: 'the event to be noted' },
    );
    await publishEvent(ground.rabbit, 'account.message', data, id);
    await until(async () => (await ground.counted('event="account.message",result="duplicate"')) === 1, {
      what: 'the duplicate to be counted',
    });
    expect(await ground.mailsTo(to)).toHaveLength(1);
    await publishEvent(ground.rabbit, 'account.message', { messageId: randomUUID() });
    const [letter] = await until(
      async () => {
        const letters = await takeDeadLetters(ground.rabbit);
        return letters.length > 0 && letters;
      },
      { what: 'the dead letter' },
    );
    expect(letter?.properties.headers).toMatchObject({ 'x-careplane-reason': 'unknown-message' });
  }, 30_000);

  it('send nothing about a patient who was erased, and forget what they have sent', async () => {
    const { patientId, email } = ground.newPatient();
    await publishEvent(ground.rabbit, 'appointment.booked', booking(patientId));
    await ground.mailTo(email);
    await declareTopology(ground.rabbit.uri, { service: 'identity', consumes: ['patient.erasure.done'] });
    const erasureId = randomUUID();
    await publishEvent(ground.rabbit, 'patient.erased', { erasureId, patientId, proof: 'proof' });
    const done = await until(() => takeEvent(ground.rabbit.uri, 'identity'), {
      what: 'the end of the erasure',
    });
    expect(done.data).toEqual({ erasureId, patientId, service: 'notifications' });
    const late = await publishEvent(ground.rabbit, 'appointment.booked', booking(patientId));
    await until(
      () =>
        Promise.resolve(
          ground.logs.entries().some((entry) => entry['messageId'] === late && entry['result'] === 'ok'),
        ),
      { what: 'the late event to be dropped' },
    );
    expect(await ground.mailsTo(email)).toHaveLength(1);
    expect(await takeDeadLetters(ground.rabbit)).toEqual([]);
  }, 30_000);

  it('send nothing when an event comes again', async () => {
    const { patientId, email } = ground.newPatient();
    const data = booking(patientId);
    const id = await publishEvent(ground.rabbit, 'appointment.booked', data);
    await ground.mailTo(email);
    // The mail is there before it is noted: until then the same event would be sent again, at least once being the promise.
    await until(
      () =>
        Promise.resolve(
          ground.logs
            .entries()
            .some(({ message, messageId }) => message === 'event consumed' && messageId === id),
        ),
      {
        what: 'the event to be noted',
      },
    );
    const before = await ground.counted('event="appointment.booked",result="duplicate"');
    await publishEvent(ground.rabbit, 'appointment.booked', data, id);
    await until(
      async () => (await ground.counted('event="appointment.booked",result="duplicate"')) === before + 1,
      {
        what: 'the duplicate to be counted',
      },
    );
    const totals = (await (
      await fetch(`${ground.sink.url ?? ''}/messages/count?to=${email}`)
    ).json()) as object;
    expect(totals).toMatchObject({ count: 1, duplicates: 0 });
  }, 30_000);

  it('send nothing without consent, and count that', async () => {
    const { patientId, email } = ground.newPatient(false);
    await publishEvent(ground.rabbit, 'appointment.booked', booking(patientId));
    await until(async () => (await ground.counted('event="appointment.booked",outcome="no-consent"')) === 1, {
      what: 'the missing consent to be counted',
    });
    expect(await ground.mailsTo(email)).toEqual([]);
  }, 30_000);

  it('dead-letter an event of an unknown patient with the reason', async () => {
    await publishEvent(ground.rabbit, 'patient.registered', { patientId: randomUUID() });
    const [letter] = await until(
      async () => {
        const letters = await takeDeadLetters(ground.rabbit);
        return letters.length > 0 && letters;
      },
      { what: 'the dead letter' },
    );
    expect(letter?.properties.headers).toMatchObject({ 'x-careplane-reason': 'unknown-patient' });
  }, 30_000);

  it('deliver later what cannot be delivered while identity or the mail server is away', async () => {
    const [first, second] = [ground.newPatient(), ground.newPatient()];
    ground.identity.away = true;
    const retried = await ground.counted('event="appointment.booked",result="retried"');
    await publishEvent(ground.rabbit, 'appointment.booked', booking(first.patientId));
    await until(async () => (await ground.counted('event="appointment.booked",result="retried"')) > retried, {
      what: 'a retry while identity is away',
    });
    ground.identity.away = false;
    await ground.mailTo(first.email);

    await ground.sink.stop();
    const again = await ground.counted('event="appointment.booked",result="retried"');
    await publishEvent(ground.rabbit, 'appointment.booked', booking(second.patientId));
    await until(async () => (await ground.counted('event="appointment.booked",result="retried"')) > again, {
      what: 'a retry while the mail server is away',
    });
    ground.sink = await ground.startSink();
    await ground.mailTo(second.email);
    expect(await takeDeadLetters(ground.rabbit)).toEqual([]);
  }, 60_000);

  it('write no name and no address into the logs', () => {
    expect(ground.logs.text()).toContain('event consumed');
    expect(ground.logs.text()).not.toContain('Zoë');
    expect(ground.logs.text()).not.toContain('@mail.example');
  });

  it('finish what they hold when they are asked to end', async () => {
    const patients = Array.from({ length: 20 }, () => ground.newPatient());
    for (const { patientId } of patients)
      await publishEvent(ground.rabbit, 'appointment.booked', booking(patientId));
    expect(await ground.worker.stop()).toBe(true);
    const sent = await Promise.all(patients.map(async ({ email }) => (await ground.mailsTo(email)).length));
    ground.worker = await ground.startWorker();
    for (const { email } of patients) await ground.mailTo(email);
    const totals = (await (await fetch(`${ground.sink.url ?? ''}/messages/count`)).json()) as {
      duplicates: number;
    };
    expect(totals.duplicates).toBe(0);
    expect(sent.every((count) => count <= 1)).toBe(true);
  }, 60_000);
});
