import { randomUUID } from 'node:crypto';
import { startService } from '@careplane/kit';
import type { RunningService } from '@careplane/kit';
import {
  createLogSink,
  createTestBindings,
  createTestIdentities,
  declareTopology,
  mongodbEntries,
  rabbitmqEntries,
} from '@careplane/kit/testing';
import type { LogSink } from '@careplane/kit/testing';
import { mailSink } from '@careplane/mail-sink';
import { freePort, startMongod, startRabbit, until } from '@careplane/testing';
import type { RunningRabbit } from '@careplane/testing';
import { notifications } from '../src/service.ts';
import { startFakeIdentity } from './fake-identity.ts';
import type { FakeIdentity } from './fake-identity.ts';

/** A mail as mail-sink shows it. */
export interface Mail {
  readonly messageId: string;
  readonly to: string[];
  readonly subject: string;
  readonly text: string;
}

/** Who is told of emergency access. */
export const COMPLIANCE = ['privacy@careplane.example', 'officer@careplane.example'];

/** The worker on its engines, beside an identity and a mail server. */
export interface MailGround {
  readonly rabbit: RunningRabbit;
  readonly identity: FakeIdentity;
  readonly logs: LogSink;
  /** The running ones; a test may stop one and put another in its place. */
  sink: RunningService;
  worker: RunningService;
  startSink(): Promise<RunningService>;
  startWorker(): Promise<RunningService>;
  newPatient(consented?: boolean): { patientId: string; email: string };
  mailsTo(email: string): Promise<Mail[]>;
  mailTo(email: string): Promise<Mail>;
  /** The value of a counter of the worker, by the text of its labels. */
  counted(labels: string): Promise<number>;
  stop(): Promise<void>;
}

const ENV = { ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0' };

export async function startMailGround(): Promise<MailGround> {
  const [logs, bindings, sinkBindings] = [createLogSink(), createTestBindings(), createTestBindings()];
  const identities = await createTestIdentities();
  const [mongod, rabbit, identity, smtpPort] = await Promise.all([
    startMongod(),
    startRabbit(),
    startFakeIdentity(await identities.credentials('identity')),
    freePort(),
  ]);
  const mails = ['patient.registered', 'appointment.booked', 'appointment.cancelled'] as const;
  const consumes = ['access.emergency', 'account.message', 'patient.erased', ...mails] as const;
  await declareTopology(rabbit.uri, { service: 'notifications', consumes: [...consumes] });
  bindings.write('db', mongodbEntries(mongod, 'notifications'));
  bindings.write('broker', rabbitmqEntries(rabbit));
  bindings.write('internal', await identities.entries('notifications'));
  sinkBindings.write('internal', await identities.entries('mail-sink', { smtp: ['notifications'] }));
  const sinkEnv = { PORT: '0', SMTP_PORT: String(smtpPort), CAREPLANE_TLS_SMTP: 'Mutual' };
  const workerEnv = {
    CALLS_IDENTITY_URL: identity.url,
    CALLS_MAIL_SINK_SMTP_URL: `tls://127.0.0.1:${smtpPort}`,
    ERASURE_SETTLE_MS: '0',
    MAIL_FROM: 'clinic@careplane.example',
    COMPLIANCE_MAIL: COMPLIANCE.join(', '),
  };
  const startSink = (): Promise<RunningService> =>
    startService(mailSink, {
      env: { ...ENV, ...sinkEnv, SERVICE_BINDING_ROOT: sinkBindings.root },
      logStream: logs.stream,
    });
  const startWorker = (): Promise<RunningService> =>
    startService(notifications, {
      env: { ...ENV, ...workerEnv, SERVICE_BINDING_ROOT: bindings.root },
      logStream: logs.stream,
    });
  const ground: MailGround = {
    rabbit,
    identity,
    logs,
    sink: await startSink(),
    worker: await startWorker(),
    startSink,
    startWorker,
    newPatient(consented = true) {
      const patientId = randomUUID();
      const email = `${patientId}@mail.example`;
      const consents = { 'notifications.email': consented };
      identity.contacts.set(patientId, { givenName: 'Zoë <3', email, consents });
      return { patientId, email };
    },
    async mailsTo(email) {
      const answer = await fetch(`${ground.sink.url ?? ''}/messages?to=${encodeURIComponent(email)}`);
      return ((await answer.json()) as { items: Mail[] }).items;
    },
    mailTo: (email) => until(async () => (await ground.mailsTo(email))[0], { what: 'the mail' }),
    async counted(labels) {
      const text = await (await fetch(`${ground.worker.adminUrl}/metrics`)).text();
      const line = text.split('\n').find((one) => one.includes(`{${labels}}`));
      return Number(line?.split(' ')[1] ?? 0);
    },
    async stop() {
      await ground.worker.stop();
      await ground.sink.stop();
      await Promise.all([mongod.stop(), rabbit.stop(), identity.stop()]);
      bindings.remove();
      sinkBindings.remove();
    },
  };
  return ground;
}
