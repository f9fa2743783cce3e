import { describe, expect, it } from 'vitest';
import { cut, embedJson, escapeMarkup, harmless, widthOf } from './plain-text.ts';

describe('text of messages', () => {
  it('has nothing that a terminal would obey, and stays on its line', () => {
    expect(harmless('a\u001b[31mb\u0007 \r\n c\td\u202e')).toBe('a\\u001b[31mb\\u0007 ↵ c d\\u202e');
  });

  it('can neither be markup nor leave an attribute', () => {
    expect(escapeMarkup(`<img src=x onerror='a' "b"> & \ud800`)).toBe(
      '&lt;img src=x onerror=&#39;a&#39; &quot;b&quot;&gt; &amp; \ufffd',
    );
  });

  it('can not end the script element that it stands in', () => {
    const value = ['</script><!-- ', '\u2028'];
    const text = embedJson(value);
    expect(text).not.toMatch(/[<>\u2028]/);
    expect(JSON.parse(text)).toEqual(value);
  });

  it('is cut between characters, not within one', () => {
    expect(cut('12345', 5)).toBe('12345');
    expect(cut('123456', 5)).toBe('1234…');
    expect(cut('🦊🦊🦊', 6)).toBe('🦊🦊🦊');
    expect(cut('🦊🦊🦊', 4)).toBe('🦊…');
    expect(cut('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…');
  });

  it('is as wide as a terminal shows it', () => {
    const widths = { n1: 2, 节点: 4, ｎ: 2, 노드: 4, é: 1, 'e\u0301': 1, '🦊': 2, '👩‍🔬': 2, '✈\ufe0f': 2, '→●│': 3 };
    for (const [text, width] of Object.entries(widths)) expect([text, widthOf(text)]).toEqual([text, width]);
  });
});
