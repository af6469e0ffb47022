import { describe, expect, it } from '@jest/globals';
import { scoresOf, type Report } from './mutants.ts';

const mutants = (...statuses: string[]): Report['files'][string] => ({
  source: '',
  mutants: statuses.map((status, index) => ({
    status,
    mutatorName: 'BooleanLiteral',
    replacement: 'not\n  so',
    location: { start: { line: index + 1 } },
  })),
});

describe('scoresOf', () => {
  it('counts what was killed or never ended, of what could be run, and names what survived', () => {
    const files = {
      'a.ts': mutants('Killed', 'Timeout', 'Survived', 'NoCoverage', 'RuntimeError', 'Ignored'),
    };
    expect(scoresOf({ files })).toEqual([
      {
        file: 'a.ts',
        killed: 2,
        all: 4,
        percent: 50,
        survivors: ['3: BooleanLiteral not so', '4: BooleanLiteral not so'],
      },
    ]);
  });

  it('puts the weakest file first; one without mutants is whole', () => {
    const reports = [{ files: { 'a.ts': mutants() } }, { files: { 'b.ts': mutants('Killed', 'Survived') } }];
    expect(scoresOf(...reports).map(({ file, percent }) => [file, percent])).toEqual([
      ['b.ts', 50],
      ['a.ts', 100],
    ]);
  });
});
