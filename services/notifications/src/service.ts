import {
  connectAmqp,
  connectMongo,
  consumeEvents,
  createInbox,
  createInternalClient,
  createOutbox,
  defineService,
  ensureCollections,
  erasedCollection,
  erasureConfig,
  identityLedger,
  openErasures,
} from '@careplane/kit';
import type { CloudEvent, Erasures, EventHandlers, ServiceContext } from '@careplane/kit';
import { Counter } from 'prom-client';
import { z } from 'zod';
import { identityAccountMessages } from './accounts/account-messages.ts';
import { createAccountNotifier } from './accounts/notify-account.ts';
import { createEmergencyNotifier } from './emergencies/notify-emergency.ts';
import { openDeliveries } from './delivery/deliveries.ts';
import { identityContacts } from './contacts/identity-contacts.ts';
import { createMailer } from './mail/mailer.ts';
import { createNotifier } from './delivery/notify.ts';
import type { Notifier } from './delivery/notify.ts';
import type { PatientTopic } from './mail/topics.ts';

const config = erasureConfig.extend({
  /** The clinic's address: sender of every mail, and its domain the right side of every Message-ID. */
  MAIL_FROM: z.email(),
  /** Who is told of emergency access, by commas; default: the clinic's own address. */
  COMPLIANCE_MAIL: z
    .string()
    .transform((text) => text.split(',').map((address) => address.trim()))
    .pipe(z.array(z.email()).min(1).max(10))
    .optional(),
  /** Times in mails are on this wall clock. */
  CLINIC_TIME_ZONE: z.string().min(1).default('America/New_York'),
});

/** SMTP takes five mails at a time; twice that many in hand keeps it busy. */
const PREFETCH = 10;
/** About an hour of retries at one a minute: a mail server may be away longer than the kit's four minutes. */
const MAX_ATTEMPTS = 62;
/** Contact, mail and note take well under a second; a hung one is retried. */
const HANDLER_TIMEOUT_MS = 25_000;

interface Telling {
  readonly notify: Notifier;
  readonly tellAccount: ReturnType<typeof createAccountNotifier>;
  readonly tellEmergency: ReturnType<typeof createEmergencyNotifier>;
  readonly erasures: Erasures;
}

type Told = 'ok' | 'duplicate';

/** Nothing is sent about a patient who was erased meanwhile: such an event is dropped. */
function handlersOf({ notify, tellAccount, tellEmergency, erasures }: Telling): EventHandlers {
  const unlessErased = async (patientId: string, tell: () => Promise<Told>): Promise<Told> =>
    (await erasures.isErased(patientId)) ? 'ok' : tell();
  const tell = (
    { id, type, data: { patientId } }: CloudEvent & { readonly data: { readonly patientId: string } },
    topic: PatientTopic,
    signal: AbortSignal,
  ): Promise<Told> =>
    unlessErased(patientId, () => notify({ eventId: id, event: type, patientId, topic }, signal));
  return {
    ...erasures.handlers,
    'access.emergency': (event, { signal }) =>
      unlessErased(event.data.patientId, () => tellEmergency(event, signal)),
    'account.message': (event, { signal }) => tellAccount(event, signal),
    'patient.registered': (event, { signal }) => tell(event, { about: 'registered' }, signal),
    'appointment.booked': (event, { signal }) =>
      tell(event, { about: 'booked', start: event.data.start }, signal),
    'appointment.cancelled': (event, { signal }) =>
      tell(event, { about: 'cancelled', start: event.data.start }, signal),
  };
}

async function start(ctx: ServiceContext<z.infer<typeof config>>): Promise<object> {
  const { MAIL_FROM, CLINIC_TIME_ZONE, COMPLIANCE_MAIL: reviewers = [MAIL_FROM] } = ctx.config;
  const mongo = await connectMongo(ctx);
  await ensureCollections(mongo, [erasedCollection]);
  const inbox = await createInbox(ctx, { mongo });
  const deliveries = await openDeliveries(mongo);
  const mailer = createMailer({
    url: ctx.calls.url('mail-sink', 'smtp'),
    from: MAIL_FROM,
    identity: ctx.identity,
  });
  ctx.lifecycle.onShutdown('close', 'smtp', () => {
    mailer.close();
  });
  const outcomes = new Counter({
    name: 'careplane_notifications_total',
    help: 'What became of the notices: sent, no-consent, no-address.',
    labelNames: ['event', 'outcome'],
    registers: [ctx.metrics.registry],
  });
  const identity = createInternalClient(ctx, 'identity');
  const amqp = connectAmqp(ctx);
  const erasures = await openErasures(ctx, {
    mongo,
    outbox: await createOutbox(ctx, { mongo, amqp }),
    ledger: identityLedger(identity),
    settleMs: ctx.config.ERASURE_SETTLE_MS,
    everyMs: ctx.config.ERASURE_COMPARE_MS,
    remove: (patientId) => deliveries.removeAllOf(patientId),
    keptOf: (patientIds) => deliveries.patientsIn(patientIds),
  });
  const parts = {
    inbox,
    deliveries,
    mailer,
    mailDomain: MAIL_FROM.slice(MAIL_FROM.lastIndexOf('@') + 1),
    count: (event: string, outcome: string) => {
      outcomes.inc({ event, outcome });
    },
  };
  const notify = createNotifier({
    ...parts,
    contacts: identityContacts(identity),
    timeZone: CLINIC_TIME_ZONE,
  });
  const tellAccount = createAccountNotifier({ ...parts, messages: identityAccountMessages(identity) });
  const tellEmergency = createEmergencyNotifier({ ...parts, reviewers, notify, timeZone: CLINIC_TIME_ZONE });
  consumeEvents(ctx, {
    amqp,
    handlers: handlersOf({ notify, tellAccount, tellEmergency, erasures }),
    prefetch: PREFETCH,
    maxAttempts: MAX_ATTEMPTS,
    handlerTimeoutMs: HANDLER_TIMEOUT_MS,
  });
  return {};
}

/** Tells people by e-mail what happened to their accounts and their appointments. */
export const notifications = defineService({ name: 'notifications', config, start });
