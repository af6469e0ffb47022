import { describe, expect, it } from '@jest/globals';
import { html } from './html.ts';

describe('a template', () => {
  it('escapes what it is given, in text and in attributes', () => {
    const evil = `<script>"'&`;
    expect(html`<p title="${evil}">${evil}</p>`.toString()).toBe(
      '<p title="&lt;script&gt;&quot;&#39;&amp;">&lt;script&gt;&quot;&#39;&amp;</p>',
    );
  });

  it('takes templates and lists of them as they are, and leaves out what is not there', () => {
    const items = ['a', '<b>'].map((text) => html`<li>${text}</li>`);
    expect(html`<b>${items}${undefined}${false}${null}</b>`.toString()).toBe(
      '<b><li>a</li><li>&lt;b&gt;</li></b>',
    );
  });

  it('does not take an object for HTML because it has a toString', () => {
    const fake = { toString: () => '<b>' } as unknown as string;
    expect(html`${fake}`.toString()).toBe('&lt;b&gt;');
  });
});
