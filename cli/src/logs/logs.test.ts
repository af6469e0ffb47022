import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KubeClient } from '@careplane/operator/runtime/client/client';
import { Transport } from '@careplane/operator/runtime/client/transport';
import { until } from '@careplane/testing';
import { commandClock as clock } from '@careplane/operator/runtime/clock';
import { Cursor } from './cursor.ts';
import { followLogs } from './follow-logs.ts';
import type { LogLine } from './line.ts';
import { podsOf, readLogs, type Pod } from './read-logs.ts';

const line = (time: string, text: string): LogLine => ({ time: `2026-01-02T03:04:${time}Z`, pod: 'a', text });

describe('where a log was left', () => {
  it('knows the lines of its last second again, and none that are new', () => {
    const cursor = new Cursor();
    const seen = [line('05.1', 'one'), line('05.25', 'two'), line('05.25', 'three')];
    for (const one of seen) expect(cursor.takes(one)).toBe(true);
    expect(cursor.sinceTime).toBe('2026-01-02T03:04:05.25Z');
    for (const one of seen) expect(cursor.takes(one)).toBe(false);
    // The same moment written with more digits, and the same words a moment later.
    expect(cursor.takes(line('05.250', 'four'))).toBe(true);
    expect(cursor.takes(line('05.26', 'two'))).toBe(true);
  });
});

function aPod(name: string): Pod {
  const metadata = { name, namespace: 'clinic', uid: name };
  return { apiVersion: 'v1', kind: 'Pod', metadata, status: { phase: 'Running' } };
}

type Answer = (url: URL, response: ServerResponse) => void;

/** kubelet is what answers for logs, so an HTTP server stands in for the API server here; a test says how it answers. */
let answer: Answer;
let server: Server;
let transport: Transport;
let client: KubeClient;

beforeEach(async () => {
  server = createServer((request: IncomingMessage, response) => {
    answer(new URL(request.url ?? '', 'http://api'), response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const credentials = {
    server: address,
    tls: {},
    authorization: () => Promise.resolve(undefined),
    renew: () => undefined,
  };
  transport = new Transport({ credentials, clock, random: () => 0, userAgent: 'test' });
  client = new KubeClient(transport);
});

afterEach(async () => {
  await transport.close();
  server.closeAllConnections();
  server.close();
});

function refuse(response: ServerResponse, code: number, message: string): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ kind: 'Status', reason: 'BadRequest', message }));
}

function listed(response: ServerResponse, ...names: string[]): void {
  response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: names.map(aPod) }));
}

describe('logs of several pods', () => {
  it('are shown of all that answer, and the others are named', async () => {
    answer = ({ pathname }, response) => {
      if (pathname.includes('/bad/')) refuse(response, 400, 'the node does not answer');
      else response.end('2026-01-02T03:04:05Z hello\n');
    };
    const { lines, troubles } = await readLogs(client, [aPod('good'), aPod('bad')], {});
    expect(lines.map(({ pod, text }) => `${pod} ${text}`)).toEqual(['good hello']);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatch(/^bad: .*the node does not answer$/);
  });

  it('can be those of the containers before', async () => {
    let asked: string | null = null;
    answer = ({ searchParams }, response) => {
      asked = searchParams.get('previous');
      response.end();
    };
    await readLogs(client, [aPod('a')], { previous: true });
    expect(asked).toBe('true');
  });
});

describe('following logs', () => {
  it('goes on where a log was left after its container was started again, and outlives a look for pods that fails', async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    const troubles: string[] = [];
    const since: (string | null)[] = [];
    let looks = 0;
    answer = ({ pathname, searchParams }, response) => {
      if (!pathname.endsWith('/log')) {
        looks++;
        if (looks === 2) refuse(response, 403, 'not now');
        else listed(response, 'a');
        return;
      }
      since.push(searchParams.get('sinceTime'));
      response.write('2026-01-02T03:04:05.5Z first\n');
      if (since.length === 1) response.end();
      else response.write('2026-01-02T03:04:05.7Z second\n');
    };
    const followed = followLogs(
      {
        transport,
        list: () => podsOf(client, 'clinic', 'a'),
        onLine: ({ text }) => lines.push(text),
        onTrouble: (text) => troubles.push(text),
        signal: stop.signal,
        lookMs: 5,
      },
      { tailLines: 10 },
    );
    await until(() => Promise.resolve(lines.length >= 2 && looks > 3), { what: 'the second line' });
    stop.abort();
    await followed;
    expect(lines).toEqual(['first', 'second']);
    expect(since).toEqual([null, '2026-01-02T03:04:05.5Z']);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatch(/^new pods are not seen: .*not now$/);
  });

  it('ends at once when the pods may not be listed at all', async () => {
    answer = (_, response) => {
      refuse(response, 403, 'never');
    };
    const following = {
      transport,
      list: () => podsOf(client, 'clinic', 'a'),
      onLine: () => undefined,
      onTrouble: () => undefined,
      signal: new AbortController().signal,
    };
    await expect(followLogs(following, {})).rejects.toThrow('never');
  });
});
