import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Secret } from '../../k8s/types.ts';
import { createAuthority, type KeyPair } from '../../pki/certificate.ts';
import {
  afterStep,
  bundleOf,
  nextStep,
  noAuthority,
  readState,
  stateData,
  type AuthorityState,
  type Circumstances,
} from './authority-state.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-21T12:00:00Z');
let first: KeyPair;
let second: KeyPair;

beforeAll(async () => {
  first = await createAuthority('first', NOW);
  second = await createAuthority('second', NOW);
});

const around = (changes: Partial<Circumstances> = {}): Circumstances => ({
  now: NOW,
  registered: [],
  isServed: true,
  wish: undefined,
  overlapMs: 600_000,
  ...changes,
});

const settled = (): AuthorityState => ({ ...noAuthority, current: first });
const introduced = (): AuthorityState => ({ ...settled(), next: { ...second, since: NOW } });
const secretWith = (data: Record<string, string>): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'x' },
  data,
});

describe('the authority of the webhooks', () => {
  it('is made and signs at once where nothing is served yet', () => {
    const fresh = around({ isServed: false });
    expect(nextStep(noAuthority, fresh)).toBe('introduce');
    const made = afterStep(noAuthority, 'introduce', { now: NOW, wish: undefined, made: first });
    expect(nextStep(made, fresh)).toBe('promote');
    const state = afterStep(made, 'promote', { now: NOW, wish: undefined });
    expect(state).toEqual(settled());
    expect(nextStep(state, around())).toBeUndefined();
  });

  it('is replaced when two thirds of its life are over, and not before', () => {
    expect(nextStep(settled(), around({ now: NOW + 2400 * DAY }))).toBeUndefined();
    expect(nextStep(settled(), around({ now: NOW + 2440 * DAY }))).toBe('introduce');
  });

  it('is replaced once for each wish', () => {
    expect(nextStep(settled(), around({ wish: 'today' }))).toBe('introduce');
    const made = afterStep(settled(), 'introduce', { now: NOW, wish: 'today', made: second });
    const state = afterStep(made, 'promote', { now: NOW, wish: 'today' });
    expect(nextStep(state, around({ wish: 'today' }))).toBeUndefined();
    expect(nextStep(state, around({ wish: 'tomorrow' }))).toBe('introduce');
  });

  it('never signs before the API server trusts it everywhere, and has had the time to hear of it', () => {
    const both = bundleOf(introduced());
    const later = NOW + 600_000;
    expect(nextStep(introduced(), around({ now: later, registered: [first.certificate] }))).toBeUndefined();
    expect(
      nextStep(introduced(), around({ now: later, registered: [both, first.certificate] })),
    ).toBeUndefined();
    expect(nextStep(introduced(), around({ now: later - 1, registered: [both] }))).toBeUndefined();
    expect(nextStep(introduced(), around({ now: later, registered: [both, both] }))).toBe('promote');
  });

  it('stays trusted without its key until nothing that it signed can be served', () => {
    const state = afterStep(introduced(), 'promote', { now: NOW, wish: undefined });
    expect(state.retired).toEqual({ certificate: first.certificate, since: NOW });
    expect(
      Object.values(stateData(state)).map((text) => Buffer.from(text, 'base64').toString()),
    ).not.toContain(first.key);
    expect(bundleOf(state)).toBe(second.certificate + first.certificate);
    expect(nextStep(state, around({ now: NOW + 89 * DAY }))).toBeUndefined();
    expect(nextStep(state, around({ now: NOW + 90 * DAY }))).toBe('drop');
    expect(bundleOf(afterStep(state, 'drop', { now: NOW, wish: undefined }))).toBe(second.certificate);
  });

  it.each([
    ['at rest', settled],
    ['while the next one is introduced', introduced],
    [
      'while the last one is still trusted',
      () => afterStep(introduced(), 'promote', { now: NOW, wish: 'w' }),
    ],
  ])('comes back from its Secret as it was %s', (_, state) => {
    expect(readState(secretWith(stateData(state())), undefined, NOW)).toEqual(state());
  });

  it('that was lost is followed by a new one, while what was trusted stays so', () => {
    const damaged = secretWith({ 'tls.crt': 'cnViYmlzaA==', 'tls.key': 'eA==' });
    for (const secret of [undefined, damaged]) {
      const state = readState(secret, first.certificate, NOW);
      expect(state).toEqual({ ...noAuthority, retired: { certificate: first.certificate, since: NOW } });
      expect(nextStep(state, around())).toBe('introduce');
      const made = afterStep(state, 'introduce', { now: NOW, wish: undefined, made: second });
      expect(bundleOf(made)).toBe(second.certificate + first.certificate);
      expect(nextStep(made, around({ registered: [first.certificate] }))).toBeUndefined();
    }
  });
});
