/** Where no demo can be made. A whole one, from packages, is in `test/packages`. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { project } from './project.ts';

it('a folder with something else in it is left as it is', async () => {
  const here = await project({ 'tidemill-demo/notes.txt': 'mine', 'mine/package.json': '{ "name": "mine" }' });
  for (const args of [[], ['mine'], ['mine/package.json']]) {
    const ran = await here.run(['demo', ...args]);
    expect(ran).toMatchObject({ exit: 2, stderr: expect.stringContaining('demo-folder') });
    expect(ran.stderr).toContain('npx tidemill demo FOLDER');
  }
  expect(existsSync(here.path('tidemill-demo/package.json'))).toBe(false);
  expect(here.read('mine/package.json')).toBe('{ "name": "mine" }');
});

it('without npm it says what npm’s shell said, and that the same command goes on', async () => {
  const here = await project({ 'bin/npm': '#!/bin/sh\necho "the registry is away" >&2\nexit 1\n' });
  const ran = await here.run(['demo', '--json'], { env: { PATH: '/nowhere' } });
  expect(ran.exit).toBe(4);
  expect(ran.json().error).toMatchObject({ code: 'demo-install', hint: expect.stringContaining('the same command') });
  expect(here.read('tidemill-demo/package.json')).toMatch(
    /"@tidemill\/warehouse-duckdb": .*\n.*"@tidemill\/web_features": .*\n.*"tidemill": "/,
  );
});
