import { describe, expect, it } from '@jest/globals';
import type { Request } from 'express';
import { z } from 'zod';
import { Invalid, PreconditionFailed, PreconditionRequired } from './errors.ts';
import { etagOf, ifMatchVersion, requireIfMatch } from './etag.ts';
import { decodeCursor, encodeCursor, pageOf } from './page.ts';
import { asProblem } from './problem.ts';
import { faultsOf } from './route.ts';

const withIfMatch = (value?: string): Request => ({ get: () => value }) as unknown as Request;

describe('entity tags', () => {
  it('take back what they gave out, weak or strong, and refuse another version', () => {
    expect(ifMatchVersion(withIfMatch(etagOf(3)))).toBe(3);
    expect(ifMatchVersion(withIfMatch('"3"'))).toBe(3);
    expect(() => {
      requireIfMatch(withIfMatch('W/"2"'), 3);
    }).toThrow(PreconditionFailed);
  });

  it('are needed, and are no wildcards', () => {
    expect(() => ifMatchVersion(withIfMatch())).toThrow(PreconditionRequired);
    for (const header of ['*', '"x"', '3', 'W/"1", W/"2"']) {
      expect(() => ifMatchVersion(withIfMatch(header))).toThrow(PreconditionFailed);
    }
  });
});

describe('pages', () => {
  const keyOf = (n: number): number[] => [n];

  it('name the next page only when there is one more item than the limit', () => {
    expect(pageOf([1, 2], 2, keyOf)).toEqual({ items: [1, 2] });
    expect(pageOf([1, 2, 3], 2, keyOf)).toEqual({ items: [1, 2], next: encodeCursor([2]) });
  });

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
