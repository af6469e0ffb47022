import { route, Router } from '@careplane/kit';
import { z } from 'zod';
import { renderList } from './list-page.ts';
import type { Mailbox, StoredMail } from './mailbox.ts';

const since = z.iso
  .datetime({ offset: true })
  .transform((time) => new Date(time))
  .optional();

const listQuery = z.strictObject({
  to: z.email().optional(),
  since,
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});

const countQuery = z.strictObject({ to: z.email().optional(), since });

/** How many mails the page at `/` shows. */
const PAGE_MAILS = 50;

function toMessage(mail: StoredMail): object {
  return { ...mail, received: mail.received.toISOString() };
}

/** The mailbox over HTTP: a list, a count, clearing, and a page for people. */
export function mailRouter(mailbox: Mailbox): Router {
  const router = Router();
  router.get('/', (_req, res) => {
    res.type('html').send(renderList(mailbox.matching({}).slice(-PAGE_MAILS).reverse(), mailbox.totals));
  });
  router.get(
    '/messages',
    route({ query: listQuery }, ({ query }) => ({
      status: 200,
      body: { items: mailbox.matching(query).slice(-query.limit).map(toMessage), ...mailbox.totals },
    })),
  );
  router.get(
    '/messages/count',
    route({ query: countQuery }, ({ query }) => ({
      status: 200,
      body: { count: mailbox.matching(query).length, ...mailbox.totals },
    })),
  );
  router.delete(
    '/messages',
    route({}, () => {
      mailbox.clear();
      return { status: 204 };
    }),
  );
  return router;
}
