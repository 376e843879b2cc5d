import { describe, expect, it } from 'vitest';
import { crawlKey } from './crawl-key.ts';

const KEY = /^[A-Za-z0-9._-]{1,80}$/;

describe('the key of a target', () => {
  it('says what people recognise, and is the same for the same input', () => {
    const key = crawlKey('https://www.example.com/acme/?a=b', { url: 'u', list: [{ b: 1, a: 2 }], n: null });
    expect(key).toMatch(/^example-com-acme-a-b-[0-9a-f]{12}$/);
    expect(crawlKey('https://www.example.com/acme/?a=b', { n: null, list: [{ a: 2, b: 1 }], url: 'u' })).toBe(key);
  });

  it.each([
    [{ url: 'v' }, { url: 'u' }],
    [{ n: 1 }, { n: '1' }],
    [{ list: [1, 2] }, { list: [2, 1] }],
    [{ a: null }, {}],
  ])('is another one for %j than for %j', (one, other) => {
    expect(crawlKey('x', one)).not.toBe(crawlKey('x', other));
  });

  it.each(['', '---', 'ü'.repeat(90), 'a/'.repeat(90), 'x'.repeat(200)])('is one, whatever the words: %j', (words) => {
    expect(crawlKey(words, {})).toMatch(KEY);
  });
});
