import { expect, it } from 'vitest';
import { fakeRunner } from '../../test/fakes/github-runner.ts';
import { hide } from './actions.ts';
import { addSummary } from './github.ts';

it('cuts a summary that GitHub would not take, and says so', async () => {
  const actions = fakeRunner();
  await addSummary({ actions }, 'é'.repeat(1024 * 1024));
  expect(actions.summary).toMatch(/^é{500000,}.?\n\n… cut: GitHub shows at most 1 MiB\.\n$/u);
});

it('leaves room below the limit, where GitHub drops a summary without a word', async () => {
  const actions = fakeRunner();
  await addSummary({ actions }, 'x'.repeat(1024 * 1024 - 1));
  await addSummary({ actions }, 'y'.repeat(10_000));
  expect(actions.summary.length).toBeLessThan(1024 * 1024 - 2);
  expect(actions.summary).toMatch(/y{10000}$/);
});

it('hides a secret of several lines line by line, and nothing that stands everywhere', async () => {
  const actions = fakeRunner();
  await hide(actions, '{\n  "access_token": "abcdefghijkl",\r\n  "n": 1\n}');
  expect(actions.masks).toEqual(['"access_token": "abcdefghijkl",']);
  await hide(actions, 'one-line');
  await hide(actions, '');
  expect(actions.masks.slice(1)).toEqual(['one-line']);
});
