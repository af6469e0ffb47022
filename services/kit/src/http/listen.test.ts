import { once } from 'node:events';
import { Agent, get } from 'node:http';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { lingerAfter, listen } from './listen.ts';
import type { Listening } from './listen.ts';

describe('lingerAfter', () => {
  it('waits for a second without a connection after any delay that is as long, and ten seconds for endpoints that are late', () => {
    expect(lingerAfter(3_000, 35_000)).toEqual({ quietMs: 1_000, atMostMs: 10_000 });
    expect(lingerAfter(20_000, 35_000)).toEqual({ quietMs: 1_000, atMostMs: 10_000 });
  });

  it('waits for nobody when there is no delay, and leaves most of a short deadline to what is in flight', () => {
    expect(lingerAfter(0, 35_000)).toEqual({ quietMs: 0, atMostMs: 0 });
    expect(lingerAfter(100, 35_000)).toEqual({ quietMs: 100, atMostMs: 1_000 });
    expect(lingerAfter(5_000, 6_000).atMostMs).toBe(2_000);
  });
});

describe('a server that drains', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  const start = async (handler: RequestListener = (_req, res) => res.end('done')): Promise<Listening> => {
    const listening = await listen(handler, 0);
    ends.push(() => {
      listening.server.closeAllConnections();
      listening.server.close();
    });
    return listening;
  };
  /** A connection that the server has taken. */
  const opened = async ({ port, server }: Listening): Promise<Socket> => {
    const taken = once(server, 'connection');
    const socket = connect(port, '127.0.0.1').on('error', () => undefined); // it may be reset
    ends.push(() => socket.destroy());
    await Promise.all([taken, once(socket, 'connect')]);
    return socket;
  };
  /** Over a connection of its own, unless an agent keeps one. */
  const ask = ({ port }: Listening, agent: Agent | false = false): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent }, (response) => {
        response.resume().once('end', () => { resolve(response.statusCode); }); // prettier-ignore
      }).once('error', reject);
    });

  it('takes connections for as long as they keep coming, and ends when none has come for a while', async () => {
    const listening = await start();
    await ask(listening);
    const drained = listening.drain({ quietMs: 2_000, atMostMs: 60_000 });
    for (let i = 0; i < 20; i += 1) expect(await ask(listening)).toBe(200);
    await drained;
    await expect(ask(listening)).rejects.toThrow('ECONNREFUSED');
  });

  it('does not wait for quiet for ever', async () => {
    const listening = await start();
    await ask(listening);
    await listening.drain({ quietMs: 600_000, atMostMs: 10 });
    await expect(ask(listening)).rejects.toThrow('ECONNREFUSED');
  });

  it('ends although somebody is connected and says nothing, or not all', async () => {
    const listening = await start();
    await opened(listening);
    (await opened(listening)).write('GET / HTT');
    const kept = new Agent({ keepAlive: true });
    ends.push(() => {
      kept.destroy();
    });
    await ask(listening, kept);
    await listening.drain();
    expect(listening.server.listening).toBe(false);
  });

  it('answers what takes longer than it waits for the silent', async () => {
    let answer = (): void => undefined;
    const listening = await start((_req, res) => {
      answer = (): void => void res.end('done');
    });
    const asked = once(listening.server, 'request');
    const answered = ask(listening);
    await asked;
    (await opened(listening)).write('GET / HTT');
    const drained = listening.drain();
    setTimeout(() => {
      answer();
    }, 1_500);
    expect(await answered).toBe(200);
    await drained;
  });
});
