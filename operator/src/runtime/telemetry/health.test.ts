import { afterEach, describe, expect, it } from '@jest/globals';
import { Registry, Counter } from 'prom-client';
import { startHealthServer, type HealthServer } from './health.ts';

let server: HealthServer | undefined;

afterEach(() => server?.stop());

describe('the health server', () => {
  it('is alive until it is stuck, ready when nothing fails, and says what does', async () => {
    const failing: string[] = [];
    let isStuck = false;
    const registry = new Registry();
    const counter = new Counter({ name: 'things', help: 'h', registers: [registry] });
    server = await startHealthServer({
      host: '127.0.0.1',
      port: 0,
      registry,
      failing: () => failing,
      isStuck: () => isStuck,
      beforeScrape: () => {
        counter.inc();
      },
    });
    const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${server?.port ?? 0}${path}`);
    expect((await get('/readyz')).status).toBe(200);
    failing.push('Deployment is not listed yet');
    const refused = await get('/readyz');
    expect(refused.status).toBe(503);
    expect(await refused.json()).toEqual({ status: 'failing', failing });
    expect((await get('/livez')).status).toBe(200);
    isStuck = true;
    expect((await get('/livez')).status).toBe(503);
    expect(await (await get('/metrics')).text()).toContain('things 1');
    expect((await get('/other')).status).toBe(404);
  });
});
