import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { Mailbox } from './mailbox.ts';
import { MissingMessageId, parseMail } from './receive.ts';

/** Largest mail taken; ours are a few KiB. */
const MAX_BYTES = 1024 * 1024;
/** A client that is silent this long is dropped; RFC 5321 (4.5.3.2.7) gives a server 5 minutes, a sink needs less. */
const SOCKET_TIMEOUT_MS = 60_000;
/** How long open sessions may finish when the sink stops. */
const CLOSE_TIMEOUT_MS = 3_000;

/** A listening SMTP server. */
export interface SmtpListener {
  readonly port: number;
  /** Takes no new connection, lets open ones finish for three seconds, then drops them. */
  stop(): Promise<void>;
}

/** What the sink is told about its own work; no address and no text of a mail goes into a log. */
export interface SmtpReport {
  taken(about: string, isNew: boolean): void;
  failed(error: Error): void;
}

async function take(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  mailbox: Mailbox,
): Promise<{ about: string; isNew: boolean }> {
  const { mailFrom, rcptTo } = session.envelope;
  const envelope = { from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map((to) => to.address) };
  const mail = await parseMail(await buffer(stream), envelope, new Date());
  return { about: mail.about, isNew: mailbox.add(mail) };
}

/** A 554 tells the sender not to try again (RFC 5321, 4.2.1), a 451 to try later. */
function replyFor(error: unknown): Error {
  const responseCode = error instanceof MissingMessageId ? 554 : 451;
  const message = error instanceof MissingMessageId ? error.message : 'the mail could not be taken';
  return Object.assign(new Error(message), { responseCode });
}

export interface SmtpOptions {
  readonly report: SmtpReport;
  /** Makes the server that speaks TLS and hands over the connections of declared callers; plaintext without. */
  readonly encrypted?: (connected: (socket: Socket) => void) => Server;
}

/** Listens for mail without a login: the certificate of the caller tells who it is, where there is one. */
export async function listenSmtp(
  port: number,
  mailbox: Mailbox,
  { report, encrypted }: SmtpOptions,
): Promise<SmtpListener> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAX_BYTES,
    rejectOversized: true,
    socketTimeout: SOCKET_TIMEOUT_MS,
    closeTimeout: CLOSE_TIMEOUT_MS,
    // Nobody authenticates here: the limit for those who have not yet would end every longer session.
    maxAllowedUnauthenticatedCommands: false,
    logger: false,
    onData(stream, session, callback) {
      take(stream, session, mailbox).then(
        ({ about, isNew }) => {
          report.taken(about, isNew);
          callback(null, isNew ? 'taken' : 'taken before');
        },
        (error: unknown) => {
          callback(replyFor(error));
        },
      );
    },
  });
  server.on('error', (error: Error) => {
    report.failed(error);
  });
  const entrance = encrypted?.((socket) => server.server.emit('connection', socket)) ?? server.server;
  entrance.listen(port);
  await once(entrance, 'listening');
  return {
    port: (entrance.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        if (entrance !== server.server) entrance.close();
        server.close(() => {
          resolve();
        });
      }),
  };
}
