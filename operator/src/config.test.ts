import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { describeFlags, InvalidSettings, readSettings, withoutCredentials } from './config.ts';

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

  it.each(['', 'a', '!a', 'a=b', 'a==b,c!=d', 'x/y in (1,2),z notin (3)', 'a='])(
    'take the label selector "%s"',
    (selector) => {
      expect(readSettings([`--namespace-selector=${selector}`], {}).namespaceSelector).toBe(selector);
    },
  );

  it('take the collector of traces from the variable that every program has', () => {
    const shared = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    expect(readSettings([], {}).otlpEndpoint).toBe('');
    expect(readSettings([], shared).otlpEndpoint).toBe('http://collector:4318');
    expect(readSettings(['--otlp-endpoint=http://other:4318'], shared).otlpEndpoint).toBe(
      'http://other:4318',
    );
  });

  it('have images by version', () => {
    const { mongodbVersions, redisVersions } = readSettings(
      ['--mongodb-versions=7.0=r:5000/m:7.0,8.0=m:8'],
      {},
    );
    expect(mongodbVersions).toEqual({ '7.0': 'r:5000/m:7.0', '8.0': 'm:8' });
    expect(redisVersions).toEqual({});
  });

  it('are logged without the password of a collector', () => {
    const settings = readSettings(['--otlp-endpoint=https://user:secret@collector/v1'], {});
    expect(JSON.stringify(withoutCredentials(settings))).not.toContain('secret');
    expect(withoutCredentials(settings).otlpEndpoint).toBe('https://collector/v1');
  });

  it.each([
    [['--port=seventy'], '--port'],
    [['--namespaces=a,B'], '--namespaces'],
    [['--mongodb-image=mongodb'], '--mongodb-image'],
    [['--mongodb-versions=8.0'], '--mongodb-versions'],
    [['--mongodb-versions=latest=mongo:8.0'], '--mongodb-versions'],
    [['--redis-versions=8.0=redis'], '--redis-versions'],
    [['--concurrency=0'], '--concurrency'],
    // Beyond 24.8 days a timer of Node fires at once.
    [['--resync-seconds=1000000'], '--resync-seconds'],
    [['--watch-silence-seconds=1000000'], '--watch-silence-seconds'],
    [['--drain-seconds=1000000'], '--drain-seconds'],
    [['--namespace-selector=a=b,'], '--namespace-selector'],
    [['--namespace-selector=a in b'], '--namespace-selector'],
    [['--otlp-endpoint=collector:4318'], '--otlp-endpoint'],
  ])('refuse %p by the name of the flag', (argv, flag) => {
    expect(() => readSettings(argv, {})).toThrow(InvalidSettings);
    expect(() => readSettings(argv, {})).toThrow(flag);
  });
});

describe('--help', () => {
  const { stdout } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), '--help'], {
    encoding: 'utf8',
    env: { COLUMNS: '120' },
  });

  it('names every flag with its variable', () => {
    for (const { flag, variable } of describeFlags())
      expect(stdout).toMatch(new RegExp(`${flag} <value> [^]*env:\\s+${variable}`));
  });

  it('begins all descriptions in one column', () => {
    const lines = stdout.split('\n').filter((line) => /^ {2}--/.test(line));
    const columns = lines.map((line) => line.search(/(?<=\S {2,})\S/));
    expect(lines).toHaveLength(describeFlags().length);
    expect(new Set(columns).size).toBe(1);
  });

  it('says something about each', () => {
    expect(describeFlags().filter(({ description }) => description === '')).toEqual([]);
  });
});
