import { createTlsPort, defineService, describeError, encryption } from '@careplane/kit';
import { Counter } from 'prom-client';
import { z } from 'zod';
import { Mailbox } from './mailbox.ts';
import { mailRouter } from './router.ts';
import { listenSmtp } from './smtp.ts';
import type { SmtpReport } from './smtp.ts';

/** Anybody may write anything into a header: a label takes words of a topic's form alone. */
function labelOf(about: string): string {
  return /^[a-z-]{1,30}$/.test(about) ? about : 'other';
}

/** Stands in for a mail provider: takes mails by SMTP, keeps the latest in memory, shows them over HTTP. */
export const mailSink = defineService({
  name: 'mail-sink',
  config: z.object({
    /** The SMTP port; 0 takes a free one. */
    CAREPLANE_TLS_SMTP: encryption.default('Plaintext'),
    SMTP_PORT: z.coerce.number().int().min(0).max(65_535).default(1025),
    /** Mails kept; older ones are forgotten. */
    MAILBOX_CAPACITY: z.coerce.number().int().min(1).default(10_000),
  }),
  async start(ctx) {
    const mailbox = new Mailbox(ctx.config.MAILBOX_CAPACITY);
    const mails = new Counter({
      name: 'careplane_mails_total',
      help: 'E-mails taken, by topic (other: of no known form) and result: received, duplicate (a further copy of one that was here already).',
      labelNames: ['about', 'result'],
      registers: [ctx.metrics.registry],
    });
    const { SMTP_PORT, CAREPLANE_TLS_SMTP } = ctx.config;
    const report: SmtpReport = {
      taken: (about, isNew) => {
        mails.inc({ about: labelOf(about), result: isNew ? 'received' : 'duplicate' });
        ctx.logger.debug('mail taken', { isNew });
      },
      failed: (error) => {
        ctx.logger.warn('smtp: session failed', describeError(error));
      },
    };
    const smtp = await listenSmtp(SMTP_PORT, mailbox, {
      report,
      ...(CAREPLANE_TLS_SMTP === 'Plaintext'
        ? {}
        : { encrypted: (connected) => createTlsPort(ctx, 'smtp', connected) }),
    });
    ctx.lifecycle.onShutdown('http', 'smtp', () => smtp.stop());
    return { router: mailRouter(mailbox) };
  },
});
