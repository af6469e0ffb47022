import { describe, expect, it } from '@jest/globals';
import { offersOf, notOffered, wantedImage } from './offers.ts';
import { compatibilityToSet, oldest, refusedStep } from './step.ts';
import { minorVersion, versionOfImage } from './version.ts';

describe('the version in the tag of an image', () => {
  it.each([
    ['mongo:8', '8'],
    ['mongo:8.0', '8.0'],
    ['registry:5000/library/mongo:7.0.14-jammy', '7.0'],
    ['prom/prometheus:v3.5.0', '3.5'],
    ['mongo:latest', undefined],
    ['registry:5000/mongo', undefined],
    [`mongo@sha256:${'a'.repeat(64)}`, undefined],
    [`mongo:8.0@sha256:${'a'.repeat(64)}`, '8.0'],
    ['mongo:20240101', undefined],
  ])('of %s is %s', (image, version) => {
    expect(versionOfImage(image)).toBe(version);
  });
});

it('the minor version is told from what an engine says', () => {
  expect(['4.0.5', '4.1', '3.13.7-rc.1', '4.2.0+12', '4', 'none'].map(minorVersion)).toEqual([
    '4.0',
    '4.1',
    '3.13',
    '4.2',
    undefined,
    undefined,
  ]);
});

describe('a step of MongoDB', () => {
  const step = (version: string, compatibility: string | undefined, wanted: string): string => {
    const { reason = '', message = '' } = refusedStep('mongodb', { version, compatibility }, wanted) ?? {};
    return `${reason} ${message}`.trim();
  };

  it('is taken to the next major release, and to the next minor one', () => {
    for (const [running, compatibility, wanted] of [
      ['6.0.27', '6.0', '7.0'],
      ['7.0.1', '7.0', '8'],
      ['8.0.4', '8.0', '8.2'],
      ['8.0.4', '8.0', '8.0'],
      ['4.4.1', '4.4', '5.0'],
    ] as const)
      expect(step(running, compatibility, wanted)).toBe('');
  });

  it('skips no major release', () => {
    expect(step('6.0.27', '6.0', '8.0')).toBe(
      'UpgradeRefused MongoDB goes one major release at a time: from 6.0 to 7.0 first',
    );
    expect(step('6.0.27', '6.0', '8')).toMatch('to 7.0 first');
    expect(step('7.0.1', '7.0', '8.2')).toMatch('from 7.0 to 8.0 first');
  });

  it('waits until the data has the format of the present release', () => {
    expect(step('7.0.1', '6.0', '8.0')).toMatch(
      /^UpgradeRefused the members run 7.0 and featureCompatibilityVersion is still 6.0/,
    );
  });

  it('never goes below the format of the data, and back above it', () => {
    expect(step('7.0.1', '7.0', '6.0')).toMatch(
      /^DowngradeRefused MongoDB 6.0 does not open data of featureCompatibilityVersion 7.0/,
    );
    expect(step('8.2.0', '8.2', '8.0')).toMatch(/^DowngradeRefused/);
    expect(step('7.0.1', '6.0', '6.0')).toBe('');
  });

  it('is nobody’s business where a version is not known', () => {
    expect(step('unknown', '6.0', '8.0')).toBe('');
    expect(step('6.0.1', undefined, '7.0')).toBe('');
  });
});

describe('a step of Redis', () => {
  const reason = (version: string, wanted: string): string | undefined =>
    refusedStep('redis', { version }, wanted)?.reason;

  it('goes up as far as is wanted, and never down', () => {
    expect(reason('7.2.4', '8.0')).toBeUndefined();
    expect(reason('6.2.1', '8')).toBeUndefined();
    expect(reason('8.0.2', '8.0')).toBeUndefined();
    expect(reason('8.0.2', '7.4')).toBe('DowngradeRefused');
    expect(reason('8.2.0', '8.0')).toBe('DowngradeRefused');
    expect(refusedStep('redis', { version: '8.0.2' }, '7.4')?.message).toMatch(
      'does not read what 8.0 has written',
    );
  });
});

describe('a step of RabbitMQ', () => {
  const step = (version: string, wanted: string, flags: string[] = []): string => {
    const running = { version, pendingFeatureFlags: flags };
    const { reason = '', message = '' } = refusedStep('rabbitmq', running, wanted) ?? {};
    return `${reason} ${message}`.trim();
  };

  it.each([
    ['4.0', '4.0'],
    ['4.0', '4.1'],
    ['3.12', '3.13'],
    ['3.13', '4.0'],
    ['3.13', '4.2'],
    ['3.13', '4'],
    ['4.9', '4.10'],
    ['4.2', '4'],
  ])('from %s to %s is taken', (running, wanted) => {
    expect(step(running, wanted)).toBe('');
  });

  it('goes forward only', () => {
    expect(step('4.1', '4.0')).toMatch(/^DowngradeRefused/);
    expect(step('4.10', '4.9')).toMatch(/^DowngradeRefused/);
    expect(step('4.0', '3.13')).toContain('does not read the data of 4.0');
  });

  it('names the way when it is too large', () => {
    expect(step('4.0', '4.2')).toMatch(/^UpgradeRefused .*by way of 4.1$/);
    expect(step('3.12', '4.0')).toContain('by way of 3.13');
    expect(step('3.12', '4')).toContain('by way of 3.13');
    expect(step('3.13', '4.3')).toContain('by way of 4.0 or 4.1 or 4.2');
  });

  it('waits for the feature flags of the version that runs', () => {
    expect(step('4.0', '4.1', ['a', 'b'])).toBe(
      'FlagsPending these feature flags have to be enabled before: a, b',
    );
    expect(step('4.0', '4.0', ['a'])).toBe('');
  });
});

describe('featureCompatibilityVersion', () => {
  it('is raised when all members run one release that is newer than the data', () => {
    expect(compatibilityToSet(['7.0.2', '7.0.3', '7.0.2'], '6.0')).toBe('7.0');
    expect(compatibilityToSet(['7.0.2', '6.0.9', '7.0.2'], '6.0')).toBeUndefined();
    expect(compatibilityToSet(['7.0.2'], '7.0')).toBeUndefined();
    expect(compatibilityToSet(['6.0.2'], '7.0')).toBeUndefined();
    expect(compatibilityToSet(['7.0.2'], undefined)).toBeUndefined();
    expect(compatibilityToSet([], '6.0')).toBeUndefined();
  });

  it('and the version of a store follow the oldest member', () => {
    expect(oldest(['7.0.10', '7.0.9', '7.0.11'])).toBe('7.0.9');
    expect(oldest([])).toBeUndefined();
  });
});

describe('what the operator offers', () => {
  const offers = offersOf({
    mongodbImage: 'mongo:8.0',
    mongodbVersions: { '7.0': 'mongo:7.0' },
    redisImage: 'redis:latest',
    redisVersions: {},
    rabbitmqImage: 'rabbitmq:4.0',
    rabbitmqVersions: {},
  });
  const spec = (engine: 'mongodb' | 'redis', version?: string): never =>
    ({ engine, ...(version === undefined ? {} : { version }) }) as never;

  it('is its default, which counts as the version of its tag, and what is named beside it', () => {
    expect(wantedImage(spec('mongodb'), offers)).toEqual({ image: 'mongo:8.0', version: '8.0' });
    expect(wantedImage(spec('mongodb', '8.0'), offers)).toEqual({ image: 'mongo:8.0', version: '8.0' });
    expect(wantedImage(spec('mongodb', '7.0'), offers)).toEqual({ image: 'mongo:7.0', version: '7.0' });
    expect(wantedImage(spec('mongodb', '6.0'), offers)).toBeUndefined();
    expect(wantedImage(spec('redis'), offers)).toEqual({ image: 'redis:latest' });
  });

  it('is listed to who asks for something else', () => {
    expect(notOffered(spec('mongodb', '6.0'), offers)).toBe(
      'the operator has no mongodb 6.0: it offers 7.0, 8.0 (chart value engines.versions.mongodb)',
    );
    expect(notOffered(spec('redis', '8.0'), offers)).toContain('it offers no version by name');
  });
});
