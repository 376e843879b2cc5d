import { expect, it } from 'vitest';
import { withLastWords } from '../text/last-words.ts';
import { publicText } from './public-text.ts';

it.each([
  ['the source answers 401', 'the source answers 401'],
  ['refused for ada.l+x@mail.example.org, twice', 'refused for ***, twice'],
  ['GET https://a.example/u/ada%40mail.example.org → 404', 'GET https://a.example/u/*** → 404'],
  [withLastWords('mine: the command ended with 3', 'no row for Ada Lovelace'), 'mine: the command ended with 3'],
  [withLastWords('mine: the command ended with 3', undefined), 'mine: the command ended with 3'],
  ['two\n  lines', 'two lines'],
])('%s is shown as %s', (text, shown) => {
  expect(publicText(text)).toBe(shown);
});

it('is short, however long the message is', () => {
  expect(publicText('x'.repeat(5000))).toHaveLength(300);
});
