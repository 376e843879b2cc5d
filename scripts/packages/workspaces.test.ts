import { expect, it } from 'vitest';
import { placesOf, workspacesIn } from './workspaces.ts';

const workspace = (...files: string[]) => ({ folder: 'site', manifest: { name: '@x/site', version: '1.0.0' }, files });

it('a file is published in its package, code as JavaScript', () => {
  const publishedAt = placesOf([workspace('site/page.ts', 'site/page.css')]);
  expect(publishedAt('site/page.ts')).toEqual({ package: '@x/site', path: 'page.js' });
  expect(publishedAt('site/page.css')).toEqual({ package: '@x/site', path: 'page.css' });
  expect(publishedAt('site/page.test.ts')).toBeUndefined();
});

it('two files that would be published at one place are a fault, not one file', () => {
  expect(() => placesOf([workspace('site/page.js', 'site/page.ts')])).toThrow(
    'site/page.js and site/page.ts would both be @x/site/page.js',
  );
});

it('of this project none are', async () => {
  const workspaces = await workspacesIn(new URL('../..', import.meta.url).pathname);
  expect(() => placesOf(workspaces)).not.toThrow();
});
