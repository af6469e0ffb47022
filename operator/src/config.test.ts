import { describe, expect, it } from '@jest/globals';
import { InvalidSettings, readSettings } from './config.ts';

describe('the settings', () => {
  it('have defaults for everything and a unique identity', () => {
    const settings = readSettings([], { POD_NAME: 'pod-1' });
    expect(settings).toMatchObject({ namespaces: [], leaseNamespace: 'careplane-system', port: 9090 });
    expect(settings.identity).toMatch(/^pod-1_/);
    expect(settings.grafanaImage).toBeUndefined();
  });

  it('come from flags before variables', () => {
    const env = { CAREPLANE_NAMESPACES: 'a,b', CAREPLANE_PORT: '1', CAREPLANE_LOG_LEVEL: 'debug' };
    const settings = readSettings(['--port=2', '--grafana-image=', '--identity', 'me'], env);
    expect(settings).toMatchObject({ namespaces: ['a', 'b'], port: 2, logLevel: 'debug', identity: 'me' });
    expect(settings.grafanaImage).toBeUndefined();
  });

  it.each([
    [['--port=seventy'], '--port'],
    [['--namespaces=a,B'], '--namespaces'],
    [['--mongodb-image=mongodb'], '--mongodb-image'],
    [['--concurrency=0'], '--concurrency'],
  ])('refuse %p by the name of the flag', (argv, flag) => {
    expect(() => readSettings(argv, {})).toThrow(InvalidSettings);
    expect(() => readSettings(argv, {})).toThrow(flag);
  });
});
