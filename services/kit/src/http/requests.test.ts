import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Invalid } from './errors.ts';
import { decodeCursor, encodeCursor } from './page.ts';
import { asProblem } from './problem.ts';
import { faultsOf } from './route.ts';

describe('cursors', () => {
  it('read their own cursors and refuse any other', () => {
    const key = z.tuple([z.string(), z.number()]);
    expect(decodeCursor(key, encodeCursor(['a', 1]))).toEqual(['a', 1]);
    const injected = Buffer.from('[{"$gt":""},1]').toString('base64url');
    for (const cursor of ['', 'x', encodeCursor([1]), injected]) {
      expect(() => decodeCursor(key, cursor)).toThrow(Invalid);
    }
  });
});

describe('problems', () => {
  it('name fields by their path and repeat no value or key of the client', () => {
    const parsed = z
      .strictObject({ name: z.array(z.object({ given: z.string() })) })
      .safeParse({ name: [{ given: 7 }], waltraud: 1 });
    const faults = faultsOf('body', parsed.error ?? new z.ZodError([]));
    expect(faults.map(({ path }) => path)).toEqual(['body.name.0.given', 'body']);
    expect(JSON.stringify(faults)).not.toContain('waltraud');
  });

  it('make of the body parser’s errors a 4xx and of anything unknown a 500 without its words', () => {
    const parser = Object.assign(new SyntaxError('Unexpected token w'), { status: 400, expose: true });
    expect(asProblem(parser)).toMatchObject({ status: 400, title: 'The request cannot be read' });
    expect(asProblem(new Error('secret'))).toMatchObject({
      status: 500,
      title: 'Internal error',
      detail: undefined,
    });
  });
});
