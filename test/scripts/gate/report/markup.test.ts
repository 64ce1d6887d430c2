import { describe, expect, it } from 'vitest';
import { html } from '../../../../scripts/src/gate/report/markup.ts';

describe('html', () => {
  it('escapes text for elements and for quoted attributes', () => {
    const text = `<script>alert("x")</script> & 'y'`;
    expect(html`<p title="${text}">${text}</p>`.toString()).toBe(
      '<p title="&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;">&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;</p>',
    );
  });

  it('takes markup as it is, joins lists, and leaves out what is undefined', () => {
    expect(html`<ul>${['<a>', 'b'].map((item) => html`<li>${item}</li>`)}</ul>${undefined}${7}`.toString()).toBe(
      '<ul><li>&lt;a&gt;</li><li>b</li></ul>7',
    );
  });

  it('shows control characters as what cannot be shown', () => {
    expect(html`${'a\0b\u001b[2Jc\td'}`.toString()).toBe('a\uFFFDb\uFFFD[2Jc\td');
  });
});
