import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { aService } from '../fixtures/objects.ts';
import { shutdownOf } from './shutdown.ts';

const worker = aService('a', { role: 'worker' }).spec;
delete worker.http;

describe('the end of a pod', () => {
  it('comes only when nobody new is sent to it, whatever its image, and the kit does not wait for that again', () => {
    const { preStop, environment } = shutdownOf(aService('a').spec);
    expect(preStop).toBe(5);
    expect(environment).toEqual([{ name: 'SHUTDOWN_DELAY_MS', value: '3000' }]);
    expect(shutdownOf(aService('a', { config: { SHUTDOWN_DELAY_MS: '0' } }).spec).environment).toEqual([]);
  });

  it('is told at once to a worker that listens on nothing', () => {
    expect(shutdownOf(worker)).toMatchObject({ preStop: 0, environment: [] });
    expect(shutdownOf({ ...worker, ports: [{ name: 'smtp', port: 25 }] }).preStop).toBe(5);
  });

  it('is given longer than the kit takes to drain, by its defaults and as it is configured', () => {
    const config = readFileSync(
      new URL('../../../../../services/kit/src/config.ts', import.meta.url),
      'utf8',
    );
    const defaults = new Map(
      [...config.matchAll(/(SHUTDOWN_\w+_MS): milliseconds\.default\(([\d_]+)\)/g)].map(
        ([, name = '', digits = '']) => [name, Number(digits.replaceAll('_', ''))],
      ),
    );
    const [delay = NaN, deadline = NaN] = ['SHUTDOWN_DELAY_MS', 'SHUTDOWN_DEADLINE_MS'].map((name) =>
      defaults.get(name),
    );
    expect(shutdownOf(worker).grace).toBeGreaterThan((delay + deadline) / 1000);
    const { preStop, grace } = shutdownOf(aService('a').spec);
    expect(grace).toBeGreaterThan(preStop + (3_000 + deadline) / 1000);
    const patient = { SHUTDOWN_DELAY_MS: '20000', SHUTDOWN_DEADLINE_MS: '120000' };
    expect(shutdownOf({ ...worker, config: patient }).grace).toBeGreaterThan(140);
  });
});
