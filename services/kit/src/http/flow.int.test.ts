import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { Router } from 'express';
import { z } from 'zod';
import { defineService, startService } from '../service.ts';
import type { RunningService } from '../service.ts';
import { requestSignal } from './timeout.ts';

const STRETCH_MS = 1_500;

describe('requests of a path that streams', () => {
  let service: RunningService;
  const ended: string[] = [];

  beforeAll(async () => {
    const router = Router();
    router.post('/streams', async (req, res) => {
      requestSignal(req).addEventListener('abort', () => ended.push('aborted'));
      let bytes = 0;
      for await (const piece of req) bytes += (piece as Buffer).length;
      res.json({ bytes });
    });
    router.post('/whole', (_req, res) => {
      res.status(204).end();
    });
    router.get('/streams', (_req, res) => {
      res.once('close', () => ended.push('closed'));
      const more = (): void => {
        while (!res.destroyed && res.write(Buffer.alloc(65_536)));
      };
      res.on('drain', more);
      more();
    });
    const definition = defineService({
      name: 'documents',
      config: z.object({}),
      http: { streamedPaths: ['/streams'] },
      start: () => ({ router }),
    });
    service = await startService(definition, {
      env: {
        ...{ PORT: '0', ADMIN_PORT: '0', SHUTDOWN_DELAY_MS: '0', LOG_LEVEL: 'error' },
        ...{ STREAM_STRETCH_MS: String(STRETCH_MS), STREAM_LEAST_BYTES: '100' },
        ...{ REQUEST_TIMEOUT_MS: '1200', REQUEST_ARRIVAL_MS: '1000' },
      },
    });
  });
  afterAll(async () => {
    await service.stop();
  });

  async function client(head: readonly string[]): Promise<{ socket: Socket; heard: () => string }> {
    const socket = connect(Number(new URL(service.url ?? '').port), '127.0.0.1');
    let heard = '';
    socket.on('data', (piece: Buffer) => (heard += piece.toString())).on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(`${[...head, 'host: clinic'].join('\r\n')}\r\n\r\n`);
    return { socket, heard: () => heard };
  }
  const answered = (heard: () => string): Promise<unknown> =>
    until(() => Promise.resolve(heard() !== ''), { what: 'an answer' });

  it('take longer than others while their bytes flow', async () => {
    const begun = performance.now();
    const { socket, heard } = await client(['POST /streams HTTP/1.1', 'content-length: 9000']);
    let sent = 0;
    await until(
      () => {
        if (sent < 8_000) sent += Number(socket.write(Buffer.alloc(100))) * 100;
        return Promise.resolve(performance.now() - begun > 2 * STRETCH_MS);
      },
      { what: 'more time than requests have' },
    );
    expect(heard()).toBe('');
    socket.write(Buffer.alloc(9_000 - sent));
    await answered(heard);
    expect(heard()).toMatch(/^HTTP\/1.1 200 [^]*\{"bytes":9000\}$/);
    socket.destroy();
  });

  it('are 408 when nearly nothing comes, as others are that do not arrive in time', async () => {
    for (const path of ['/streams', '/whole']) {
      const { socket, heard } = await client([`POST ${path} HTTP/1.1`, 'content-length: 4000']);
      socket.write('x');
      await answered(heard);
      expect(heard()).toMatch(/^HTTP\/1.1 408 /);
      socket.destroy();
    }
    expect(ended).toContain('aborted');
  });

  it('break off when nobody takes the answer', async () => {
    const { socket } = await client(['GET /streams HTTP/1.1']);
    socket.pause();
    await until(() => Promise.resolve(ended.includes('closed')), { what: 'the answer to break off' });
    socket.destroy();
  });
});
