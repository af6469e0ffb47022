import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * Answers `Expect: 100-continue` when a body begins to be read, and not before: whoever is refused is told so before they send a document
 * (RFC 9110, 10.1.1). A refusal then ends the connection, since nobody knows whether the body still comes.
 */
export function continueWhenRead(server: Server): void {
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
    const read = req._read.bind(req);
    const { shouldKeepAlive } = res;
    res.shouldKeepAlive = false;
    req._read = (size) => {
      req._read = read;
      if (!res.headersSent) {
        res.shouldKeepAlive = shouldKeepAlive;
        res.writeContinue();
      }
      read(size);
    };
    server.emit('request', req, res);
  });
}
