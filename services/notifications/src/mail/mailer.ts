import { secureOptions } from '@careplane/kit';
import type { Identity } from '@careplane/kit';
import { createTransport } from 'nodemailer';
import type { RenderedMail } from './render.ts';

/** The mail server refused the message for good (5xx): sending it again would be refused again. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** The mail server is away, slow, or asks to try later. */
export class MailUndelivered extends Error {
  override readonly name = 'MailUndelivered';
}

/** A rendered mail on its way. */
export interface OutgoingMail extends RenderedMail {
  /** Message-ID without angle brackets; the same for every attempt, so that a mail store keeps one copy. */
  readonly messageId: string;
  readonly to: string;
}

/** Sends mails over a small pool of SMTP connections. */
export interface Mailer {
  /**
   * Hands a mail over; resolves when the server has taken it.
   *
   * @throws MailRefused, MailUndelivered
   */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<void>;
  /** Lets what is being sent finish and closes the connections. */
  close(): void;
}

/** Where mails go, and the address they come from. */
export interface MailerOptions {
  /** `tls://host:port`, or `tcp://host:port` for a server without TLS, as the operator writes a call edge. */
  readonly url: string;
  /** The certificate that the server is shown. */
  readonly identity: Pick<Identity, 'credentials' | 'onChange'>;
  readonly from: string;
}

/** Each wait in one SMTP dialogue; RFC 5321 (4.5.3.2) allows minutes, but the broker's retry waits better than we do. */
const STEP_TIMEOUT_MS = 5_000;
const CONNECTIONS = 5;

function failure(error: unknown): Error {
  const permanent = Error.isError(error) && 'permanent' in error && error.permanent === true;
  // The server's reply may quote the address: only its code goes on.
  const code = Error.isError(error) && 'responseCode' in error ? ` (${String(error.responseCode)})` : '';
  return permanent
    ? new MailRefused(`mail refused${code}`)
    : new MailUndelivered(`mail server unavailable${code}`);
}

/** Connects lazily: the first mail opens the first connection. A renewed certificate gets connections of its own. */
export function createMailer({ url, from, identity }: MailerOptions): Mailer {
  let pool = openPool(url, identity);
  identity.onChange(() => {
    pool.retire();
    pool = openPool(url, identity);
  });
  return {
    async send({ about, messageId, to, subject, text, html }, signal): Promise<void> {
      try {
        await pool.send({
          messageId: `<${messageId}>`,
          from,
          to: { name: '', address: to },
          subject,
          text,
          html,
          // RFC 3834: no vacation notice shall answer an automatic mail.
          headers: { 'auto-submitted': 'auto-generated', 'x-careplane-about': about },
          signal,
        });
      } catch (error) {
        throw failure(error);
      }
    },
    close(): void {
      pool.close();
    },
  };
}

type Mail = Parameters<ReturnType<typeof openTransport>['sendMail']>[0];

/** Connections with one certificate. */
interface Pool {
  send(mail: Mail): Promise<unknown>;
  /** Closes when everything that was handed over is sent. */
  retire(): void;
  close(): void;
}

function openPool(url: string, identity: MailerOptions['identity']): Pool {
  const transport = openTransport(url, identity);
  let underWay = 0;
  let isRetired = false;
  const closeIfDone = (): void => {
    if (isRetired && underWay === 0) transport.close();
  };
  return {
    async send(mail): Promise<unknown> {
      underWay += 1;
      try {
        return await transport.sendMail(mail);
      } finally {
        underWay -= 1;
        closeIfDone();
      }
    },
    retire(): void {
      isRetired = true;
      closeIfDone();
    },
    close(): void {
      transport.close();
    },
  };
}

function openTransport(url: string, { credentials }: MailerOptions['identity']) {
  const { protocol, hostname, port } = new URL(url);
  const shown = credentials();
  const isEncrypted = protocol === 'tls:';
  return createTransport({
    pool: true,
    host: hostname,
    port: Number(port),
    secure: isEncrypted,
    ignoreTLS: !isEncrypted,
    ...(isEncrypted && shown !== undefined ? { tls: secureOptions(shown) } : {}),
    maxConnections: CONNECTIONS,
    // A message whose connection broke may have been taken: the consumer's own retry decides, not the pool.
    maxRequeues: 0,
    dnsTimeout: STEP_TIMEOUT_MS,
    connectionTimeout: STEP_TIMEOUT_MS,
    greetingTimeout: STEP_TIMEOUT_MS,
    socketTimeout: STEP_TIMEOUT_MS,
    idleTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
