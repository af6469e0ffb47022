import {
  accessPort,
  connectAmqp,
  connectMongo,
  createIdempotency,
  createInternalClient,
  createOutbox,
  defineService,
  keptLinkKey,
  identityPersons,
  openAuditTrail,
  remoteUserAuth,
} from '@careplane/kit';
import { z } from 'zod';
import { SlotRivals } from './booking/slot-rivals.ts';
import { appointmentsRouter } from './router.ts';
import { openStore } from './store.ts';

/** Schedules, free slots, and appointments that are never booked twice. */
export const appointments = defineService({
  name: 'appointments',
  config: z.object({}),
  async start(ctx) {
    // its keys are asked for first: they come while the database is connected
    const users = remoteUserAuth(ctx);
    const mongo = await connectMongo(ctx);
    const store = await openStore(mongo);
    const outbox = await createOutbox(ctx, { mongo, amqp: connectAmqp(ctx) });
    const audit = openAuditTrail(ctx, outbox);
    const linkKey = await keptLinkKey(mongo);
    const idempotency = await createIdempotency({ mongo });
    const persons = identityPersons(createInternalClient(ctx, 'identity'));
    const rivals = new SlotRivals();
    const parts = { mongo, store, outbox, audit, linkKey, idempotency, users, rivals, persons };
    return { router: appointmentsRouter(parts, accessPort(ctx)) };
  },
});
