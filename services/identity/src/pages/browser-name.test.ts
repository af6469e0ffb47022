import { describe, expect, it } from '@jest/globals';
import { browserName } from './browser-name.ts';

describe('the name of a browser', () => {
  it('is what people call it', () => {
    const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
    expect(browserName(firefox)).toBe('Firefox on Windows');
    const safari =
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1';
    expect(browserName(safari)).toBe('Safari on iOS');
  });

  it('says so when it knows none, and never what a client wrote', () => {
    expect([browserName(''), browserName('(')]).toEqual(['Unknown browser', 'Unknown browser']);
    expect(browserName('<script>alert(1)</script>')).not.toContain('script');
  });
});
