import { describe, expect, it } from '@jest/globals';
import { callName, contactEmail, holds } from './contact.ts';

const NOW = new Date('2026-11-30T12:00:00Z');
const email = (value: string, over: object = {}): object => ({ system: 'email', value, ...over });

describe('the address to write to', () => {
  it.each([
    ['never an old one', [email('old@x', { use: 'old', rank: 1 }), email('new@x', { rank: 9 })], 'new@x'],
    ['the lowest rank', [email('a@x'), email('b@x', { rank: 2 }), email('c@x', { rank: 1 })], 'c@x'],
    ['of equals the first', [email('a@x'), email('b@x')], 'a@x'],
    ['none that has ended', [email('a@x', { period: { end: '2025' } }), email('b@x')], 'b@x'],
    ['none that has not begun', [email('a@x', { period: { start: '2027-01' } }), email('b@x')], 'b@x'],
    ['an e-mail address only', [{ system: 'phone', value: '1', rank: 1 }, email('a@x')], 'a@x'],
    ['none where none is', [email('old@x', { use: 'old' }), { system: 'email' }], undefined],
  ])('is %s', (_what, telecom, expected) => {
    expect(contactEmail(telecom, NOW)).toBe(expected);
  });

  it('holds all through the last day, month and year of its period, wherever on earth', () => {
    expect(holds({ end: '2026-11-30' }, NOW)).toBe(true);
    expect(holds({ end: '2026-11' }, NOW)).toBe(true);
    expect(holds({ end: '2026' }, NOW)).toBe(true);
    expect(holds({ end: '2026-11-29' }, NOW)).toBe(true);
    expect(holds({ end: '2026-11-28' }, NOW)).toBe(false);
    expect(holds({ end: '2026-11-30T11:59:59Z' }, NOW)).toBe(false);
    expect(holds({ start: '2026-12-01' }, NOW)).toBe(true);
    expect(holds({ start: '2026-12-02' }, NOW)).toBe(false);
  });
});

describe('the name to call somebody by', () => {
  it.each([
    [
      'the usual given name',
      [
        { use: 'official', given: ['Waltraud'] },
        { use: 'usual', given: ['Traudl'] },
      ],
      'Traudl',
    ],
    ['a text only', [{ text: 'Sukarno' }], 'Sukarno'],
    ['a family name only', [{ family: 'Quellenbusch' }], 'Quellenbusch'],
    ['no old name where there is another', [{ use: 'old', given: ['A'] }, { given: ['B'] }], 'B'],
    ['no name', [], ''],
    ['names with marks and initials', [{ given: ['J. R. R.'] }], 'J. R. R.'],
    ['a name of another script', [{ given: ['अनन्या'] }], 'अनन्या'],
    ['no web address', [{ given: ['Win https://evil.example now'] }], ''],
    ['nothing that mail programs make a link of', [{ given: ['evil.example'] }], ''],
    ['no number to call', [{ given: ['Call 0190 123456'] }], ''],
    ['no sentence', [{ text: 'You have won a prize please answer' }], ''],
  ])('is %s', (_what, names, expected) => {
    expect(callName(names, NOW)).toBe(expected);
  });
});
