import { describe, expect, it } from '@jest/globals';
import { DECISIONS } from './decisions.ts';
import { pageOf, rowsAfter, scoresOf, type Report, type Row } from './mutants.ts';

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
        survivors: ['3: BooleanLiteral not so', '4: BooleanLiteral not so'],
      },
    ]);
  });

  it('puts the weakest file first; one without mutants is whole', () => {
    const reports = [{ files: { 'a.ts': mutants() } }, { files: { 'b.ts': mutants('Killed', 'Survived') } }];
    expect(scoresOf(...reports).map(({ file }) => file)).toEqual(['b.ts', 'a.ts']);
  });
});

describe('the result page', () => {
  const [first = '', second = '', third = ''] = DECISIONS;
  const run = { date: '2026-11-29', commit: 'abc', machine: 'two cores' };
  const row = (file: string): Row => ({ file, killed: 1, all: 4, ...run, date: '2026-11-01' });
  const score = { file: first, killed: 2, all: 3, survivors: ['1: BooleanLiteral'] };

  it('has a new row of each file that was run, and the old one of the others, in the order of the list', () => {
    const rows = rowsAfter([row(third), row(first)], [score], run);
    expect(rows).toEqual([{ file: first, killed: 2, all: 3, ...run }, row(third)]);
    expect(rowsAfter([], [{ ...score, file: second }, score], run).map(({ file }) => file)).toEqual([
      first,
      second,
    ]);
  });

  it('has no row of a file that is none of those that decide, or not any more', () => {
    expect(rowsAfter([row('gone.ts')], [{ ...score, file: 'other.ts' }], run)).toEqual([]);
  });

  it('says of each how many mutants there are, how many were killed, when and where', () => {
    expect(pageOf([row('a.ts'), { ...row('b.ts'), killed: 0, all: 0 }])).toContain(
      [
        '| a.ts | 4 | 1 | 25.0 | 2026-11-01 | abc | two cores |',
        '| b.ts | 0 | 0 | 100.0 | 2026-11-01 | abc | two cores |',
      ].join('\n'),
    );
  });
});
