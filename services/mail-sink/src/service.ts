import { defineService, describeError } from '@careplane/kit';
import { z } from 'zod';
import { Mailbox } from './mailbox.ts';
import { mailRouter } from './router.ts';
import { listenSmtp } from './smtp.ts';

/** Stands in for a mail provider: takes mails by SMTP, keeps the latest in memory, shows them over HTTP. */
export const mailSink = defineService({
  name: 'mail-sink',
  config: z.object({
    /** The SMTP port; 0 takes a free one. */
    SMTP_PORT: z.coerce.number().int().min(0).max(65_535).default(1025),
    /** Mails kept; older ones are forgotten. */
    MAILBOX_CAPACITY: z.coerce.number().int().min(1).default(10_000),
  }),
  async start(ctx) {
    const mailbox = new Mailbox(ctx.config.MAILBOX_CAPACITY);
    const smtp = await listenSmtp(ctx.config.SMTP_PORT, mailbox, {
      taken: (isNew) => {
        ctx.logger.debug('mail taken', { isNew });
      },
      failed: (error) => {
        ctx.logger.warn('smtp: session failed', describeError(error));
      },
    });
    ctx.lifecycle.onShutdown('http', 'smtp', () => smtp.stop());
    return { router: mailRouter(mailbox) };
  },
});
