import { describe, expect, it } from '@jest/globals';
import { passwordFault } from './password-rule.ts';

const WALTRAUD = ['Waltraud', 'Quellenbusch', 'w.quellenbusch', '1961-04-12', '1961'];

describe('the rule for passwords', () => {
  it.each([
    'a quiet otter in the harbour',
    'correct horse battery',
    'Tr7#kLp!9qZ$',
    'ж'.repeat(3) + 'гора и река у дома',
  ])('accepts %s', (text) => {
    expect(passwordFault(text, WALTRAUD)).toBeUndefined();
  });

  it.each([
    ['1234567890', 'at least 12'],
    ['123456789012', 'Choose another'],
    ['password1234', 'Choose another'],
    ['qwertyuiopas', 'Choose another'],
    ['P@ssw0rd!2024', 'Choose another'],
    ['aaaaaaaaaaaaaaaaaaaa', 'Choose another'],
    ['a quiet otter Quellenbusch', 'does not contain your name'],
    ['WALTRAUD and the otters', 'does not contain your name'],
    ['harbour otter 1961-04-12', 'does not contain your name'],
    ['harbour otter 19610412 x', 'does not contain your name'],
    ['x'.repeat(129), 'at most 128'],
    ['short', 'at least 12'],
  ])('refuses %s with the reason', (text, reason) => {
    expect(passwordFault(text, WALTRAUD)).toContain(reason);
  });

  it('takes no longer for what was made to be slow', () => {
    const slow = ['p@ssw0rd'.repeat(16), '4@8({[<369&#!1|0$5+7%2/'.repeat(6).slice(0, 128)];
    for (const text of slow) {
      const before = process.cpuUsage();
      passwordFault(text, WALTRAUD);
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1000).toBeLessThan(300);
    }
  });
});
