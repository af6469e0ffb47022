import { describe, expect, it } from '@jest/globals';
import { readFlags, UsageError } from './flags.ts';

describe('the flags', () => {
  it('take the address from the flag, then from the environment, then from the embedded cluster', () => {
    const env = { CAREPLANE_URL: 'http://a/', GATEWAY_URL: 'http://b' };
    expect(readFlags(['--url', 'http://c'], env)?.url).toBe('http://c');
    expect(readFlags([], env)?.url).toBe('http://a');
    expect(readFlags([], { GATEWAY_URL: 'http://b' })?.url).toBe('http://b');
    expect(readFlags([], {})?.url).toBe('https://10.200.0.2:30080');
  });

  it('have sensible defaults', () => {
    expect(readFlags([], {})).toMatchObject({ namespace: 'clinic', appointments: 400, count: false });
  });

  it('are refused when they are invalid, and help takes precedence', () => {
    expect(() => readFlags(['--appointments', '0'], {})).toThrow(UsageError);
    expect(() => readFlags(['--unknown'], {})).toThrow(UsageError);
    expect(readFlags(['--help', '--appointments', 'x'], {})).toBeUndefined();
  });
});
