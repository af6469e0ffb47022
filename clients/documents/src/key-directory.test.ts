import { describe, expect, it } from '@jest/globals';
import { fingerprint } from './fingerprint.ts';
import { encryptionKeys, newKeys, type PublishedKey } from './key-directory.ts';

const NOW = new Date('2026-11-30T12:00:00Z');
const key = (owner: string, kind: PublishedKey['kind'], more: Partial<PublishedKey> = {}): PublishedKey => ({
  owner,
  kind,
  publicKey: `${owner} ${kind}`,
  from: '2026-01-01T00:00:00Z',
  ...more,
});

describe('the published keys of recipients', () => {
  it('are hybrid where all of them have one, on each of their devices', () => {
    const phone = key('Patient/a', 'hybrid', { publicKey: 'phone' });
    const others = [key('Patient/a', 'hybrid'), key('Practitioner/b', 'hybrid')];
    const classic = [key('Patient/a', 'x25519'), key('Practitioner/b', 'ed25519')];
    expect(encryptionKeys([phone, ...others, ...classic], NOW)).toEqual([phone, ...others]);
  });

  it('are classic for all when one of them has no other: the kinds do not share a document', () => {
    const all = [key('Patient/a', 'hybrid'), key('Patient/a', 'x25519'), key('Practitioner/b', 'x25519')];
    expect(encryptionKeys(all, NOW)).toEqual(all.slice(1));
  });

  it('name who has none that would do', () => {
    const ended = key('Practitioner/b', 'x25519', { until: NOW.toISOString() });
    const early = key('Practitioner/b', 'hybrid', { from: '2026-11-30T12:00:00.001Z' });
    for (const theirs of [ended, early, key('Practitioner/b', 'ed25519')])
      expect(() => encryptionKeys([key('Patient/a', 'x25519'), theirs], NOW)).toThrow(
        'Practitioner/b has published',
      );
    expect(
      encryptionKeys([key('Practitioner/b', 'x25519', { until: '2026-11-30T12:00:01Z' })], NOW),
    ).toHaveLength(1);
    expect(() => encryptionKeys([key('Patient/a', 'hybrid'), key('Practitioner/b', 'x25519')], NOW)).toThrow(
      'Patient/a',
    );
  });

  it('are new until the sender remembers them', () => {
    const [known, other] = [key('Patient/a', 'hybrid'), key('Patient/a', 'x25519')];
    expect(newKeys([known, other], new Set([fingerprint(known.publicKey)]))).toEqual([other]);
  });
});
