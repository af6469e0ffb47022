import { fetchAs } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import amqplib from 'amqplib';
import { Secret, TOTP } from 'otpauth';
import { addApp, startOidc } from './oidc.ts';
import type { OidcGround } from './oidc.ts';

export interface Mail {
  readonly to: string;
  readonly kind: string;
  readonly link?: string;
  readonly language: string;
}

/** Mail about accounts, as the service notifications would send it: by the event, then by asking identity. */
export async function openMailbox(clinic: OidcGround): Promise<{
  /** The mails to an address once there is one of each of these kinds, in their order, without notices of new devices unless asked for. */
  to(email: string, ...kinds: string[]): Promise<Mail[]>;
  /** Where the service notifications would write to a patient, and how it would call them. */
  contact(patientId: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}> {
  const connection = await amqplib.connect(clinic.ground.rabbit.uri);
  const channel = await connection.createChannel();
  const inside = await clinic.ground.start({ CAREPLANE_TLS_HTTP: 'Mutual' });
  const credentials = await clinic.ground.identities.credentials('notifications');
  const mails: Mail[] = [];
  const collect = async (): Promise<void> => {
    for (;;) {
      const message = await channel.get('notifications', { noAck: true });
      if (!message) return;
      const event = JSON.parse(message.content.toString()) as { type: string; data: { messageId: string } };
      if (event.type !== 'account.message') continue;
      const url = `${inside.url}/internal/account-messages/${event.data.messageId}`;
      const { status, text } = await fetchAs(credentials, url);
      if (status === 200) mails.push(JSON.parse(text) as Mail);
    }
  };
  return {
    async to(email, ...kinds): Promise<Mail[]> {
      const mine = (): Mail[] =>
        mails.filter(({ to, kind }) => to === email && (kind !== 'new-device' || kinds.includes(kind)));
      await until(
        async () => {
          await collect();
          const there = mine().map(({ kind }) => kind);
          return there.length > 0 && kinds.every((kind) => there.includes(kind));
        },
        { what: `mail to ${email}: ${kinds.join(', ')}` },
      );
      return mine();
    },
    async contact(patientId): Promise<Record<string, unknown>> {
      const { text } = await fetchAs(credentials, `${inside.url}/internal/contacts/${patientId}`);
      return JSON.parse(text) as Record<string, unknown>;
    },
    async close(): Promise<void> {
      await connection.close();
      await inside.stop();
    },
  };
}

/** The authenticator that took the secret of an enrolment page: its codes now, and some steps ahead. */
export function codesOf(page: string): (ahead?: number) => string {
  const secret = /data-totp-secret>([A-Z2-7]+)</.exec(page.replace(/\s+/g, ''))?.[1] ?? '';
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return (ahead = 0) => totp.generate({ timestamp: Date.now() + ahead * 30_000 });
}

/** Identity with an app of the clinic and the mailbox of everybody. */
export interface AccountsClinic {
  readonly clinic: OidcGround;
  readonly mailbox: Awaited<ReturnType<typeof openMailbox>>;
  readonly clientId: string;
  stop(): Promise<void>;
}

/** @param env settings of identity */
export async function openAccountsClinic(env: Record<string, string> = {}): Promise<AccountsClinic> {
  const clinic = await startOidc(env);
  const mailbox = await openMailbox(clinic);
  const { clientId } = await addApp(clinic);
  return {
    clinic,
    mailbox,
    clientId,
    async stop(): Promise<void> {
      await mailbox.close();
      await clinic.stop();
    },
  };
}
