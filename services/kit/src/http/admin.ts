import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import type { HealthReport } from '../health.ts';

export interface AdminParts {
  readonly registry: Registry;
  readonly report: () => Promise<HealthReport>;
  /** What the service itself answers there, once it has started. */
  readonly more: () => RequestListener | undefined;
}

/** The admin port's three answers, and what the service adds; anything else is 404. Plain node:http: it must work when the rest does not. */
export function adminHandler(parts: AdminParts): RequestListener {
  return (req, res) => {
    answer(req, res, parts).catch((error: unknown) => {
      res.destroy(Error.isError(error) ? error : undefined);
    });
  };
}

async function answer(req: IncomingMessage, res: ServerResponse, parts: AdminParts): Promise<void> {
  switch (req.url?.split('?')[0]) {
    case '/livez':
      send(res, 200, { type: 'text/plain', body: 'ok\n' });
      break;
    case '/readyz': {
      const report = await parts.report();
      send(res, report.ready ? 200 : 503, { type: 'application/json', body: `${JSON.stringify(report)}\n` });
      break;
    }
    case '/metrics':
      send(res, 200, { type: parts.registry.contentType, body: await parts.registry.metrics() });
      break;
    default: {
      const more = parts.more();
      if (more) more(req, res);
      else send(res, 404, { type: 'text/plain', body: 'not found\n' });
    }
  }
}

function send(res: ServerResponse, status: number, content: { type: string; body: string }): void {
  res.writeHead(status, { 'content-type': content.type }).end(content.body);
}
