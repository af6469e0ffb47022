import { describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { writersOf } from './security-events.ts';

describe('the kinds of events of security', () => {
  it('have each a place that writes it', () => {
    const unwritten = [...writersOf(join(import.meta.dirname, '..'))].filter(
      ([, files]) => files.length === 0,
    );
    expect(unwritten.map(([kind]) => kind)).toEqual([]);
  });
});
