import { beforeAll, describe, expect, it } from '@jest/globals';
import { toData } from '../k8s/secret-data.ts';
import type { Secret } from '../k8s/types.ts';
import { authoritySecret, readAuthority } from './authority-secret.ts';
import { createAuthority, DAY_MS as DAY, type KeyPair } from './certificate.ts';
import {
  bundleOf,
  dueStep,
  introduce,
  noAuthority,
  note,
  promote,
  type AuthorityState,
  type Circumstances,
} from './rotation.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const KEY = { namespace: 'careplane-system', name: 'ca' };
const NONE = noAuthority(undefined, NOW);
let first: KeyPair;
let second: KeyPair;

beforeAll(async () => {
  first = await createAuthority('first', NOW);
  second = await createAuthority('second', NOW);
});

const around = (changes: Partial<Circumstances> = {}): Circumstances => ({
  now: NOW,
  trusted: [],
  requested: undefined,
  overlapMs: 600_000,
  retireMs: 90 * DAY,
  ...changes,
});

const settled = (): AuthorityState => ({ ...NONE, current: first });
const introduced = (): AuthorityState => ({ ...settled(), next: { ...second, since: NOW } });
const promoted = (): AuthorityState => promote(introduced(), NOW);
const secretWith = (data: Record<string, string>): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: KEY,
  data,
});

describe('an authority', () => {
  it('is made and signs at once where nobody trusts any yet', () => {
    expect(dueStep(NONE, around())).toBe('introduce');
    const made = introduce(NONE, first, around());
    expect(dueStep(made, around())).toBe('promote');
    const state = promote(made, NOW);
    expect(state).toEqual(settled());
    expect(dueStep(state, around())).toBeUndefined();
  });

  it('is replaced when two thirds of its life are over, and not before', () => {
    expect(dueStep(settled(), around({ now: NOW + 2400 * DAY }))).toBeUndefined();
    expect(dueStep(settled(), around({ now: NOW + 2440 * DAY }))).toBe('introduce');
  });

  it('is replaced once for each request', () => {
    const today = around({ requested: 'today' });
    expect(dueStep(settled(), today)).toBe('introduce');
    const state = promote(introduce(settled(), second, today), NOW);
    expect(dueStep(state, today)).toBeUndefined();
    expect(dueStep(state, around({ requested: 'tomorrow' }))).toBe('introduce');
    expect(dueStep(state, around())).toBeUndefined();
  });

  it('never signs before it is trusted everywhere, and clients have had the time to hear of it', () => {
    const both = bundleOf(introduced());
    const now = NOW + 600_000;
    expect(dueStep(introduced(), around({ now, trusted: [first.certificate] }))).toBeUndefined();
    expect(dueStep(introduced(), around({ now, trusted: [both, first.certificate] }))).toBeUndefined();
    expect(dueStep(introduced(), around({ now: now - 1, trusted: [both] }))).toBeUndefined();
    expect(dueStep(introduced(), around({ now, trusted: [both, both] }))).toBe('promote');
  });

  it('stays trusted without its key until nothing that it signed can be served', () => {
    const state = promoted();
    expect(state.retired).toEqual({ certificates: first.certificate, since: NOW });
    const kept = Object.values(authoritySecret(KEY, state).data);
    expect(kept.map((text) => Buffer.from(text, 'base64').toString())).not.toContain(first.key);
    expect(bundleOf(state)).toBe(second.certificate + first.certificate);
    expect(dueStep(state, around({ now: NOW + 89 * DAY }))).toBeUndefined();
    expect(dueStep(state, around({ now: NOW + 90 * DAY }))).toBe('drop');
  });

  it('that is replaced while the one before is still trusted ends the trust in neither', async () => {
    const third = await createAuthority('third', NOW);
    const state = promote(introduce(promoted(), third, around({ now: NOW + DAY })), NOW + 2 * DAY);
    expect(bundleOf(state)).toBe(third.certificate + second.certificate + first.certificate);
    expect(dueStep(state, around({ now: NOW + 91 * DAY }))).toBeUndefined();
    expect(dueStep(state, around({ now: NOW + 92 * DAY }))).toBe('drop');
  });
});

describe('the authority after a loss', () => {
  const MINUTE = 60_000;
  const lost = (known?: number): AuthorityState => ({
    ...noAuthority(first.certificate, NOW),
    next: { ...second, since: NOW, ...(known !== undefined && { known }) },
  });
  const at = (minutes: number, isKnown: boolean): Circumstances =>
    around({
      now: NOW + minutes * MINUTE,
      overlapMs: DAY,
      afterLoss: { isKnown: () => isKnown, volumesMs: 5 * MINUTE, latestMs: 60 * MINUTE },
    });

  it('signs when the volumes of all clients have it, and after an hour whoever is behind', () => {
    expect(dueStep(lost(), at(0, false))).toBeUndefined();
    expect(dueStep(lost(), at(1, true))).toBe('note');
    const known = note(lost(), NOW + MINUTE);
    expect(known).toEqual(lost(NOW + MINUTE));
    expect(dueStep(known, at(5.9, true))).toBeUndefined();
    expect(dueStep(known, at(6, false))).toBeUndefined();
    expect(dueStep(known, at(6, true))).toBe('promote');
    expect(dueStep(lost(), at(60, false))).toBe('promote');
  });

  it('waits a day where the one before still signs', () => {
    expect(dueStep(introduced(), at(61, true))).toBeUndefined();
    expect(dueStep(introduced(), at(24 * 60, true))).toBe('promote');
  });
});

describe('the Secret of an authority', () => {
  it.each([
    ['at rest', settled],
    ['while the next one is introduced', introduced],
    ['while the last one is still trusted', promoted],
    ['while a request is remembered', () => ({ ...promoted(), answered: 'today' })],
    [
      'after the loss of the one before',
      () => ({ ...noAuthority(first.certificate, NOW), next: { ...second, since: NOW } }),
    ],
    [
      'when all hold the next one after a loss',
      () => ({ ...noAuthority(first.certificate, NOW), next: { ...second, since: NOW, known: NOW + 1_000 } }),
    ],
  ])('gives the state back as it was %s', (_, state) => {
    expect(readAuthority(secretWith(authoritySecret(KEY, state()).data), NOW)).toEqual(state());
  });

  it('holds none when it is unreadable, half-written or expired', () => {
    const pair = (certificate: string, key: string): Secret =>
      secretWith(toData({ 'tls.crt': certificate, 'tls.key': key }));
    expect(readAuthority(pair(first.certificate, first.key), NOW)).toEqual(settled());
    for (const secret of [
      undefined,
      pair('rubbish', 'x'),
      pair(first.certificate, ''),
      pair(first.certificate, second.key),
      secretWith({ ...authoritySecret(KEY, introduced()).data, 'tls.key': '' }),
    ])
      expect(readAuthority(secret, NOW)).toBeUndefined();
    expect(readAuthority(pair(first.certificate, first.key), NOW + 3651 * DAY)).toBeUndefined();
  });

  it('that was lost is followed by a new one, while what was trusted stays so', () => {
    const state = noAuthority(first.certificate, NOW);
    expect(dueStep(state, around())).toBe('introduce');
    const made = introduce(state, second, around());
    expect(bundleOf(made)).toBe(first.certificate + second.certificate);
    expect(dueStep(made, around({ trusted: [first.certificate] }))).toBeUndefined();
    const later = around({ now: NOW + 600_000, trusted: [bundleOf(made)] });
    expect(dueStep(made, later)).toBe('promote');
    expect(bundleOf(promote(made, later.now))).toBe(second.certificate + first.certificate);
  });
});
