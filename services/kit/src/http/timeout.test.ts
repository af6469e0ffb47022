import { afterEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { listen } from './listen.ts';
import type { Listening } from './listen.ts';
import { limitTime, requestSignal, TIMEOUT_HEADER, timeLeftMs } from './timeout.ts';
import type { TimeLimit } from './timeout.ts';

describe('the time of a request', () => {
  let server: Listening | undefined;
  afterEach(async () => {
    await server?.drain();
    server = undefined;
  });

  /** What is left when the request comes to its route. */
  async function left(limit: TimeLimit, told?: string): Promise<number> {
    const app = express();
    app.use(limitTime(limit));
    app.get('/', (req, res) => {
      res.json(timeLeftMs(requestSignal(req)));
    });
    server = await listen(app, 0);
    const headers = { connection: 'close', ...(told === undefined ? {} : { [TIMEOUT_HEADER]: told }) };
    const answer = await fetch(`http://127.0.0.1:${String(server.port)}/`, { headers });
    return (await answer.json()) as number;
  }

  it.each([
    ['the limit of the service', undefined, 50_000, 60_000],
    ['what its caller waits, when that is shorter', '20000', 10_000, 20_000],
    ['no longer because its caller waits longer', '90000', 50_000, 60_000],
    ['the limit when what the caller says is no time', '1e3', 50_000, 60_000],
    ['the limit when what the caller says is nothing', '0', 50_000, 60_000],
  ])('is %s', async (_what, told, least, most) => {
    const ms = await left({ timeoutMs: 60_000, isEdge: false }, told);
    expect([ms > least, ms <= most]).toEqual([true, true]);
  });

  it('is not shortened by strangers, whose overload would count as the service’s', async () => {
    expect(await left({ timeoutMs: 60_000, isEdge: true }, '1')).toBeGreaterThan(50_000);
  });

  it('is not known of other signals', () => {
    expect(timeLeftMs(new AbortController().signal)).toBeUndefined();
  });
});
