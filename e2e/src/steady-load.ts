import { setTimeout as delay } from 'node:timers/promises';
import { fetchOver, headersOf, type Answer, type Call, type Connection } from '@careplane/demo';
import { Agent, request } from 'undici';

const TIMEOUT_MS = 20_000;
/**
 * A client without retries keeps an idle connection for less time than a terminating pod asks its clients to close (3 s).
 * Within that time the pod asks to close each used connection, so it never closes one under a request
 * (docs/concepts/contracts.md, Health and shutdown).
 */
const KEPT_MS = 2_000;
/**
 * Limit of unfinished operations of a load. When the machine pauses for a moment, the load pauses too instead of
 * accumulating operations.
 */
const MOST_UNDER_WAY = 16;

/** HTTP to the gateway over kept connections, without retries: a failure here is a failure for a client. `ca`: PEM of its authority. */
export function connectOnce({ url, ca }: { url: string; ca: string }): Connection {
  const agent = new Agent({
    connect: { ca },
    connections: 64,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    keepAliveTimeout: KEPT_MS,
    keepAliveMaxTimeout: KEPT_MS,
  });
  return {
    url,
    fetch: fetchOver(agent),
    async send(call: Call): Promise<Answer> {
      const { method, path, body } = call;
      const answer = await request(`${url}${path}`, {
        dispatcher: agent,
        method,
        headers: headersOf(call),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      const parsed: unknown = text === '' ? undefined : JSON.parse(text);
      const { etag } = answer.headers;
      return { status: answer.statusCode, etag: typeof etag === 'string' ? etag : undefined, body: parsed };
    },
    close: () => agent.destroy(),
  };
}

export interface SteadyLoad {
  /** Successful requests. */
  readonly succeeded: () => number;
  /** The errors of all other requests. */
  readonly failures: () => readonly string[];
  /** Waits for the unfinished operations. */
  end(): Promise<void>;
}

/** Starts an operation `perSecond` times a second, even while earlier ones have not ended. */
export function startSteadyLoad(perSecond: number, operation: () => Promise<unknown>): SteadyLoad {
  const failures: string[] = [];
  const underWay = new Set<Promise<void>>();
  let succeeded = 0;
  let going = true;
  const once = async (): Promise<void> => {
    try {
      await operation();
      succeeded += 1;
    } catch (error) {
      failures.push(`${new Date().toISOString()} ${String(error)}`);
    }
  };
  const pace = async (): Promise<void> => {
    while (going) {
      if (underWay.size < MOST_UNDER_WAY) {
        const one = once();
        underWay.add(one);
        void one.finally(() => underWay.delete(one));
      }
      await delay(1000 / perSecond);
    }
  };
  const running = pace();
  return {
    succeeded: () => succeeded,
    failures: () => failures,
    async end(): Promise<void> {
      going = false;
      await running;
      await Promise.all(underWay);
    },
  };
}
