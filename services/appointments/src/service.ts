import {
  accessPort,
  connectAmqp,
  connectMongo,
  consumeEvents,
  createIdempotency,
  createInternalClient,
  createOutbox,
  defineService,
  keptLinkKey,
  identityLedger,
  identityPersons,
  openAuditTrail,
  remoteUserAuth,
} from '@careplane/kit';
import { SlotRivals } from './booking/slot-rivals.ts';
import { appointmentsConfig } from './config.ts';
import { openAppointmentsErasures } from './erasure.ts';
import { appointmentsRouter } from './router.ts';
import { openStore } from './store.ts';

/** Schedules, free slots, and appointments that are never booked twice. */
export const appointments = defineService({
  name: 'appointments',
  config: appointmentsConfig,
  async start(ctx) {
    // its keys are asked for first: they come while the database is connected
    const users = remoteUserAuth(ctx);
    const mongo = await connectMongo(ctx);
    const store = await openStore(mongo);
    const amqp = connectAmqp(ctx);
    const outbox = await createOutbox(ctx, { mongo, amqp });
    const audit = openAuditTrail(ctx, outbox);
    const linkKey = await keptLinkKey(mongo);
    const idempotency = await createIdempotency({ mongo });
    const identity = createInternalClient(ctx, 'identity');
    const persons = identityPersons(identity);
    const ledger = identityLedger(identity);
    const { handlers } = await openAppointmentsErasures(ctx, { mongo, outbox, ledger, store });
    consumeEvents(ctx, { amqp, handlers });
    const rivals = new SlotRivals();
    const parts = { mongo, store, outbox, audit, linkKey, idempotency, users, rivals, persons };
    return { router: appointmentsRouter(parts, accessPort(ctx)) };
  },
});
