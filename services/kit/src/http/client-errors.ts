import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What Node's parser and its deadlines make of a request that cannot be read, by the code of the error. */
const ANSWERS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Payload Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
};

/**
 * Answers what is no HTTP, or has not arrived in time, with a problem and ends the connection. An answer that is under way is
 * cut: half of one must not look like a whole one.
 */
export function answerClientErrors(server: Server): void {
  const answers = new WeakMap<object, ServerResponse>();
  server.prependListener('request', (req, res) => answers.set(req.socket, res));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const begun = answers.get(socket);
    const isUnderWay = begun?.headersSent === true && !begun.writableFinished;
    if (begun?.req.complete === true && !begun.writableFinished && !isUnderWay) {
      // It is about what follows: an answer now would be taken for that of the request before it.
      begun.setHeader('connection', 'close');
      begun.once('close', () => socket.destroy());
      return;
    }
    if (!socket.writable || isUnderWay || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const [status, reason] = ANSWERS[error.code ?? ''] ?? [400, 'Bad Request'];
    const body = JSON.stringify({ type: 'about:blank', title: reason, status });
    const head = [
      `HTTP/1.1 ${String(status)} ${reason}`,
      'content-type: application/problem+json',
      `content-length: ${String(body.length)}`,
      'cache-control: no-store',
      'connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  });
}
