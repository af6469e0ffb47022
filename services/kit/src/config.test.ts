import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { callsFrom } from './calls.ts';
import { ConfigError, platformConfig, readConfig, redactConfig } from './config.ts';

describe('configuration', () => {
  it('gives the contract’s defaults', () => {
    const config = readConfig(platformConfig, { CAREPLANE_SERVICE: 'x' });
    expect(config).toMatchObject({
      ADMIN_PORT: 9090,
      SERVICE_BINDING_ROOT: '/bindings',
      SHUTDOWN_DELAY_MS: 5_000,
    });
    expect(config.PORT).toBeUndefined();
  });

  it('names every wrong key and no value', () => {
    const read = () => readConfig(z.object({ A: z.coerce.number(), B: z.string() }), { A: 'secret-value' });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/A: .*B: /);
    expect(read).not.toThrow(/secret-value/);
  });

  it('masks secrets by their key and credentials in URLs', () => {
    const shown = redactConfig({ API_TOKEN: 't', DB_PASSWORD: 'p', SMTP_URL: 'smtp://u:p@host/', PORT: 1 });
    expect(shown).toEqual({
      API_TOKEN: '[redacted]',
      DB_PASSWORD: '[redacted]',
      SMTP_URL: 'smtp://[redacted]@host/',
      PORT: 1,
    });
  });

  it('reads the address of a call, and says which edge is missing', () => {
    const calls = callsFrom({
      CALLS_MAIL_SINK_SMTP_URL: 'tcp://m:1025',
      CALLS_IDENTITY_URL: 'http://i:8080/',
    });
    expect(calls.url('mail-sink', 'smtp')).toBe('tcp://m:1025');
    expect(calls.url('identity')).toBe('http://i:8080');
    expect(calls.has('records')).toBe(false);
    expect(() => calls.url('records')).toThrow('CALLS_RECORDS_URL');
  });
});
