import { describe, expect, it } from 'vitest';
import { html, trusted } from './html.ts';

describe('html', () => {
  it('escapes values for texts and for quoted attributes', () => {
    const hostile = `<script>"&'`;
    expect(html`<b title="${hostile}">${hostile}</b>`.text).toBe(
      '<b title="&lt;script&gt;&quot;&amp;&#39;">&lt;script&gt;&quot;&amp;&#39;</b>',
    );
  });

  it('leaves out what nobody sees, or what would show other words', () => {
    expect(html`<b>${'a\u202egnp.exe\u0000\u001b[31m'}</b>`.text).toBe('<b>agnp.exe  [31m</b>');
  });

  it('leaves what is markup already, and joins lists', () => {
    expect(html`<p>${[html`<b>${1}</b>`, trusted('<i></i>'), '<', undefined]}</p>`.text).toBe(
      '<p><b>1</b><i></i>&lt;</p>',
    );
  });
});
