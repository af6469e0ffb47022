import { describe, expect, it } from '@jest/globals';
import { compareTimes, formatLine, isAtLeast, levelOf, parseLine } from './line.ts';

const line = (time: string, text: string): { time: string; pod: string; text: string } => ({
  time,
  pod: 'pod-0',
  text,
});

describe('lines of logs', () => {
  it('have the time that kubelet noted, and the text as it was', () => {
    expect(parseLine('2026-01-02T03:04:05.123456789Z {"a": 1}', 'p')).toEqual({
      time: '2026-01-02T03:04:05.123456789Z',
      pod: 'p',
      text: '{"a": 1}',
    });
    expect(parseLine('', 'p')).toBeUndefined();
  });

  it('are ordered to the nanosecond, however many digits are written', () => {
    const times = [
      '2026-01-02T03:04:05.1Z',
      '2026-01-02T03:04:05.123456788Z',
      '2026-01-02T03:04:05.123456789Z',
      '2026-01-02T03:04:06Z',
    ];
    const sorted = times
      .toReversed()
      .map((time) => line(time, ''))
      .sort(compareTimes);
    expect(sorted.map(({ time }) => time)).toEqual(times);
  });

  it('are shown readable: time, level, pod, message, other fields', () => {
    const record = {
      timestamp: '2026-01-02T03:04:05.678Z',
      level: 'warn',
      message: 'slow',
      service: 'a',
      ms: 12,
      where: 'db',
      why: 'a\nb',
    };
    expect(formatLine(line('2026-01-02T03:04:05Z', JSON.stringify(record)), false)).toBe(
      '03:04:05.678 WARN  pod-0  slow ms=12 where=db why="a\\nb"\n',
    );
    expect(formatLine(line('2026-01-02T03:04:05Z', JSON.stringify(record)), true)).toContain(
      '\u001B[33mWARN ',
    );
  });

  it('that are no records are shown as they are, and at every level: they may be a stack', () => {
    expect(formatLine(line('2026-01-02T03:04:05.123456Z', '    at main (x.js:1)'), false)).toBe(
      '03:04:05.123 -     pod-0      at main (x.js:1)\n',
    );
    expect(isAtLeast(levelOf('{ broken'), 'error')).toBe(true);
  });

  it('are left out below the level that is asked for', () => {
    expect(isAtLeast(levelOf('{"level":"info"}'), 'warn')).toBe(false);
    expect(isAtLeast(levelOf('{"level":"error"}'), 'warn')).toBe(true);
  });
});
