import type { CrawlTarget } from '@tidemill/kit';
import { expect, it } from 'vitest';
import { jobOf } from '../../test/fixtures/job.ts';
import { chosen } from './crawl-targets.ts';

const targetOf = (competitor: string, hash: string): CrawlTarget => ({
  key: `facebook-com-${competitor.toLowerCase()}-${hash}`,
  input: {},
  facts: { platform: 'facebook', competitor, brand: null },
});
const configured = [targetOf('Facebook', 'aaaaaaaaaaaa'), targetOf('Instagram', 'bbbbbbbbbbbb')];
/** With other options. */
const asked = [targetOf('Facebook', '111111111111'), targetOf('Instagram', '222222222222')];
const [facebook, instagram] = asked;

it.each([
  ['what says less of the others, though all say it of their platform', ['Facebook'], [facebook]],
  ['what all say', ['FACEBOOK', 'instagram'], asked],
  ['its key', ['facebook-com-instagram-bbbbbbbbbbbb'], [instagram]],
  ['the beginning of its key', ['facebook-com-i'], [instagram]],
  ['a key that it had with other options', ['facebook-com-facebook-cccccccccccc'], [facebook]],
  ['no name', [], asked],
])('a target is named by %s', (_, names, expected) => {
  expect(chosen(jobOf({ id: 'posts' }), configured, asked, names)).toEqual(expected);
});

it.each(['', 'null', 'acme', 'facebook-com-acme-cccccccccccc'])('none is named by %j', (name) => {
  expect(() => chosen(jobOf({ id: 'posts' }), configured, asked, [name])).toThrow(
    expect.objectContaining({ code: 'unknown-target' }),
  );
});
