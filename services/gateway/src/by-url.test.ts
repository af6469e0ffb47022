import { describe, expect, it } from '@jest/globals';
import { byUrl } from './by-url.ts';

describe('what belongs to a URL', () => {
  it('is made once for each, and not for what is no URL', () => {
    const made: string[] = [];
    const hostOf = byUrl(({ host }) => {
      made.push(host);
      return host;
    });
    expect([hostOf('http://a:1/x'), hostOf('http://b:2'), hostOf('http://a:1/x')]).toEqual([
      'a:1',
      'b:2',
      'a:1',
    ]);
    expect(made).toEqual(['a:1', 'b:2']);
    expect(() => hostOf('nowhere')).toThrow('Invalid URL');
  });
});
