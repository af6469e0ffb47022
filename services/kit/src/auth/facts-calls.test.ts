import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NO_FACTS } from '@careplane/access';
import { callsFrom } from '../calls.ts';
import { createTransport } from '../tls/transport.ts';
import type { Transport } from '../tls/transport.ts';
import { remoteFactsOf } from './facts-calls.ts';
import type { TokenFacts } from './facts-schema.ts';

type Answer = readonly [status: number, body?: unknown];

const factsOf = (path: string): object => ({ ...NO_FACTS, organizations: [path] });

describe('facts of many', () => {
  let server: Server;
  let transport: Transport;
  let asked: string[];
  let answer: (line: string, body: string) => Answer;
  let of: (path: string) => Promise<TokenFacts>;
  beforeEach(async () => {
    asked = [];
    server = createServer((req, res) => {
      const say = (body: string): void => {
        const line = `${String(req.method)} ${String(req.url).replace('/internal/access-facts', '')}`;
        asked.push(line);
        const [status, told = {}] = answer(line, body);
        res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told));
      };
      text(req).then(say, () => res.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    transport = createTransport({ credentials: () => undefined });
    of = remoteFactsOf({ calls: callsFrom({ CALLS_IDENTITY_URL: url }), transport }, 1_000);
  });
  afterEach(async () => {
    await transport.dispatcher.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const single = (line: string): Answer => [200, factsOf(line.replace('GET /', ''))];
  const many = (body: string): Answer => {
    const { asked: paths } = JSON.parse(body) as { asked: string[] };
    return [200, { facts: paths.map((path) => (path.endsWith('bad') ? null : factsOf(path))) }];
  };
  const answers = async (paths: readonly string[]): Promise<unknown[]> =>
    (await Promise.allSettled(paths.map(of))).map((one) =>
      one.status === 'fulfilled' ? one.value.organizations?.[0] : (one.reason as Error).message,
    );

  it('who ask at once are one call, and each role its own; one alone is asked for as ever', async () => {
    answer = (line, body) => (line.startsWith('POST') ? many(body) : single(line));
    const paths = ['patient/a', 'patient/b', 'app/c'];
    expect(await answers(paths)).toEqual(paths);
    expect(asked.sort()).toEqual(['GET /app/c', 'POST ']);
  });

  it('of which one is bad are had by all others, and the bad one is told why', async () => {
    answer = (line, body) => {
      if (line.startsWith('POST')) return many(body);
      return line.endsWith('bad') ? [400] : single(line);
    };
    expect(await answers(['patient/a', 'patient/bad'])).toEqual(['patient/a', 'identity answered 400']);
  });

  it('that are refused together are asked for one by one: identity is older, or one question is refused', async () => {
    for (const status of [404, 405, 400, 413]) {
      answer = (line) => (line.startsWith('POST') ? [status] : single(line));
      expect(await answers(['patient/a', 'patient/b'])).toEqual(['patient/a', 'patient/b']);
    }
  });

  it('that cannot be had, or not of as many as have asked, are had by nobody', async () => {
    const short: Answer = [200, { facts: [factsOf('patient/b')] }];
    for (const bad of [[503] as Answer, short]) {
      answer = () => bad;
      const found = await answers(['patient/a', 'patient/b']);
      expect(found).toEqual(Array(2).fill(expect.stringContaining('identity answered')));
      expect(new Set(asked)).toEqual(new Set(['POST ']));
    }
  });
});
