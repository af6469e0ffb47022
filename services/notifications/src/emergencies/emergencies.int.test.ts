import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { COMPLIANCE, startMailGround } from '../../test/mail-ground.ts';
import type { Mail, MailGround } from '../../test/mail-ground.ts';
import { publishEvent } from '../../test/test-broker.ts';

let ground: MailGround;

beforeAll(async () => {
  ground = await startMailGround();
}, 180_000);

afterAll(() => ground.stop(), 60_000);

describe('notifications of emergency access', () => {
  it('tell compliance and the patient of emergency access, each once, and name nobody', async () => {
    const [{ patientId, email }, silent] = [ground.newPatient(), ground.newPatient(false)];
    const emergency = (of: string): { grantId: string; patientId: string; practitionerId: string } => ({
      grantId: randomUUID(),
      patientId: of,
      practitionerId: randomUUID(),
    });
    const data = emergency(patientId);
    const eventId = await publishEvent(ground.rabbit, 'access.emergency', data);
    const own = await ground.mailTo(email);
    expect(own.subject).toBe('Your record was opened in an emergency');
    const reviews = async (grantId: string): Promise<Mail[]> =>
      (await Promise.all(COMPLIANCE.map((to) => ground.mailsTo(to))))
        .flat()
        .filter(({ text }) => text.includes(grantId));
    await until(async () => (await reviews(data.grantId)).length === 2, { what: 'mails to compliance' });
    const texts = [own, ...(await reviews(data.grantId))].map(({ text }) => text).join();
    for (const id of [patientId, data.practitionerId]) expect(texts).not.toContain(id);
    await until(async () => (await ground.counted('event="access.emergency",result="ok"')) === 1, {
      what: 'the note',
    });
    await publishEvent(ground.rabbit, 'access.emergency', data, eventId);
    await until(async () => (await ground.counted('event="access.emergency",result="duplicate"')) === 1, {
      what: 'the duplicate to be counted',
    });
    expect([(await ground.mailsTo(email)).length, (await reviews(data.grantId)).length]).toEqual([1, 2]);
    // who wants no mails sees it in the account; compliance is told all the same
    const quiet = emergency(silent.patientId);
    await publishEvent(ground.rabbit, 'access.emergency', quiet);
    await until(async () => (await reviews(quiet.grantId)).length === 2, { what: 'mails to compliance' });
    await until(async () => (await ground.counted('event="access.emergency",outcome="no-consent"')) === 1, {
      what: 'the note',
    });
    expect(await ground.mailsTo(silent.email)).toEqual([]);
  }, 30_000);
});
