import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startService } from '@careplane/kit';
import type { RunningService } from '@careplane/kit';
import { createLogSink } from '@careplane/kit/testing';
import { freePort } from '@careplane/testing';
import { createTransport } from 'nodemailer';
import { mailSink } from './service.ts';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

const logs = createLogSink();
let sink: RunningService;
let smtpPort: number;

beforeAll(async () => {
  smtpPort = await freePort();
  const env = { PORT: '0', ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0', SMTP_PORT: String(smtpPort) };
  sink = await startService(mailSink, { env, logStream: logs.stream });
});

afterAll(async () => {
  await sink.stop();
});

async function get(path: string): Promise<Record<string, unknown>> {
  return (await (await fetch(`${sink.url ?? ''}${path}`)).json()) as Record<string, unknown>;
}

/** Sends over one connection, as a pool does. */
async function send(...messageIds: string[]): Promise<void> {
  const transport = createTransport({ pool: true, maxConnections: 1, host: '127.0.0.1', port: smtpPort });
  try {
    for (const messageId of messageIds) {
      await transport.sendMail({
        messageId: `<${messageId}>`,
        from: 'clinic@x.example',
        to: 'Ann <ann@x.example>',
        subject: 'Grüße',
        text: 'plain äöü',
        html: '<p>rich</p>',
        headers: { 'x-careplane-about': 'booked' },
      });
    }
  } finally {
    transport.close();
  }
}

describe('the mail sink', () => {
  it('takes mails over SMTP, decodes them, and counts a second copy as a duplicate', async () => {
    const began = new Date().toISOString();
    await send('a@x', 'b@x', 'a@x');
    expect(await get('/messages/count')).toEqual({ count: 2, received: 2, duplicates: 1 });
    expect(await get('/messages?to=ann@x.example&limit=1')).toMatchObject({
      items: [
        {
          messageId: 'b@x',
          about: 'booked',
          to: ['ann@x.example'],
          subject: 'Grüße',
          text: 'plain äöü\n',
          html: '<p>rich</p>\n',
        },
      ],
    });
    expect(await get(`/messages/count?since=${encodeURIComponent(began)}&to=bob@x.example`)).toMatchObject({
      count: 0,
    });
    const page = await (await fetch(sink.url ?? '')).text();
    expect(page).toContain('2 e-mails received, 1 duplicates');
  });

  it('takes more mails over one connection than a session without a login may send commands by default', async () => {
    await send(...Array.from({ length: 30 }, (_, n) => `many-${n}@x`));
    expect(await get('/messages/count')).toMatchObject({ received: 32 });
  });

  it('forgets everything on request, and refuses a query it does not know', async () => {
    expect((await fetch(`${sink.url ?? ''}/messages`, { method: 'DELETE' })).status).toBe(204);
    expect(await get('/messages/count')).toEqual({ count: 0, received: 0, duplicates: 0 });
    expect((await fetch(`${sink.url ?? ''}/messages?limit=x`)).status).toBe(400);
  });

  it('writes no address and no text of a mail into its logs', () => {
    expect(logs.text()).not.toContain('ann@x.example');
    expect(logs.text()).not.toContain('plain');
  });
});
