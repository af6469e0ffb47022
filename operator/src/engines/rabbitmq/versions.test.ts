import { describe, expect, it } from '@jest/globals';
import { minorVersion, upgradeProblem } from './versions.ts';

describe('an upgrade in place', () => {
  it.each([
    ['4.0', '4.0'],
    ['4.0', '4.1'],
    ['3.12', '3.13'],
    ['3.13', '4.0'],
    ['3.13', '4.2'],
    ['4.9', '4.10'],
  ])('from %s to %s is possible', (running, wanted) => {
    expect(upgradeProblem(running, wanted, [])).toBeUndefined();
  });

  it('goes forward only', () => {
    expect(upgradeProblem('4.1', '4.0', [])).toMatchObject({ reason: 'Downgrade' });
    expect(upgradeProblem('4.10', '4.9', [])).toMatchObject({ reason: 'Downgrade' });
    expect(upgradeProblem('4.0', '3.13', [])?.message).toContain('it runs 4.0');
  });

  it('names the way when the step is too large', () => {
    expect(upgradeProblem('4.0', '4.2', [])?.message).toContain('by way of 4.1');
    expect(upgradeProblem('3.12', '4.0', [])?.message).toContain('by way of 3.13');
    expect(upgradeProblem('3.13', '4.3', [])?.message).toContain('by way of 4.0 or 4.1 or 4.2');
  });

  it('waits for the feature flags of the version that runs', () => {
    expect(upgradeProblem('4.0', '4.1', ['a', 'b'])).toMatchObject({
      reason: 'FlagsPending',
      message: expect.stringContaining('a, b'),
    });
    expect(upgradeProblem('4.0', '4.0', ['a'])).toBeUndefined();
  });
});

it('the minor version is told from what a node says', () => {
  expect(['4.0.5', '4.1', '3.13.7-rc.1', '4.2.0+12', 'none'].map(minorVersion)).toEqual([
    '4.0',
    '4.1',
    '3.13',
    '4.2',
    undefined,
  ]);
});
