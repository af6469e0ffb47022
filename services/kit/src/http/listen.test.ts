import { EventEmitter, once } from 'node:events';
import { Agent, get } from 'node:http';
import type { RequestListener } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';
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

describe('a server', () => {
  it('leaves an idle connection to its client longer than a load balancer does, and waits for headers for a while', async () => {
    const listening = await listen((_req, res) => res.end(), 0);
    expect(listening.server).toMatchObject({ keepAliveTimeout: 65_000, headersTimeout: 10_000 });
    await listening.drain();
  });

  it('is refused a port that another one has', async () => {
    const first = await listen((_req, res) => res.end(), 0);
    await expect(listen((_req, res) => res.end(), first.port)).rejects.toThrow('EADDRINUSE');
    await first.drain();
  });

  it('hides no later error from whoever looks after it', async () => {
    const listening = await listen((_req, res) => res.end(), 0);
    const fault = new Error('too many open files');
    expect(() => listening.server.emit('error', fault)).toThrow('too many open files');
    await listening.drain();
  });
});

describe('a server that drains', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    jest.restoreAllMocks();
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
        response.resume().once('end', () => {
          resolve(response.statusCode);
        });
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

  it('does not wait for quiet where nobody ever came', async () => {
    const listening = await start();
    const before = performance.now();
    await listening.drain({ quietMs: 600_000, atMostMs: 600_000 });
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it('sees whoever has connected while it was busy, before it concludes that nobody has', async () => {
    const listening = await start();
    const socket = connect(listening.port, '127.0.0.1');
    ends.push(() => socket.destroy());
    // The kernel has the connection then, this process has not.
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    const drained = listening.drain({ quietMs: 1_000, atMostMs: 60_000 });
    expect(await ask(listening)).toBe(200);
    await drained;
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

  /** Sends half a request; gives what sends the rest and reads the answer, which is empty when the server has hung up. */
  const halfAsked = async (listening: Listening): Promise<() => Promise<string>> => {
    const taken = once(listening.server, 'connection') as Promise<[Socket]>;
    const socket = await opened(listening);
    const [peer] = await taken;
    socket.write('GET / HTT');
    await until(() => Promise.resolve(peer.bytesRead > 0), { what: 'the half', everyMs: 5 });
    return () => {
      socket.write('P/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
      return text(socket);
    };
  };
  /** From now on the clock is a minute ahead. */
  const aMinutePasses = (): void => {
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 60_000);
  };
  const swept = async ({ server }: Listening): Promise<void> => {
    const { mock } = jest.spyOn(server, 'closeIdleConnections');
    await until(() => Promise.resolve(mock.calls.length > 2), { what: 'sweeps', everyMs: 5 });
  };

  it('ends although nobody has ever said a whole request', async () => {
    const listening = await start();
    await halfAsked(listening);
    await listening.drain();
    expect(listening.server.listening).toBe(false);
  });

  it('leaves nothing running that keeps the process alive', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const listening = await start();
    const before = timers();
    await listening.drain();
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('gives who has sent half a request time for the rest, however long ago that was', async () => {
    const listening = await start();
    const rest = await halfAsked(listening);
    aMinutePasses();
    const drained = listening.drain();
    await swept(listening);
    expect(await rest()).toContain('200 OK');
    await drained;
  });

  it('gives who has sent half a request that time once more after the last answer to another one', async () => {
    let answer = (): void => undefined;
    const listening = await start((req, res) => {
      if (req.url === '/') res.end('done');
      else answer = (): void => void res.end('done');
    });
    const rest = await halfAsked(listening);
    const slow = await opened(listening);
    const asked = once(listening.server, 'request');
    slow.write('GET /slow HTTP/1.1\r\nhost: x\r\n\r\n');
    await asked;
    const drained = listening.drain();
    aMinutePasses();
    answer();
    await once(slow, 'data');
    await swept(listening);
    expect(await rest()).toContain('200 OK');
    await drained;
  });

  it('leaves a handler as many listeners of the response as Node finds normal', async () => {
    let room = 0;
    const listening = await start((_req, res) => {
      room = res.getMaxListeners() - res.listenerCount('close');
      res.end();
    });
    await ask(listening);
    expect(room).toBe(EventEmitter.defaultMaxListeners);
  });

  it('says so when it has been closed before', async () => {
    const listening = await start();
    await listening.drain();
    await expect(listening.drain()).rejects.toThrow('not running');
  });
});
