/** The first minute with Tidemill, by somebody who has npm and nothing else. */
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { emptyFolder } from './folder.ts';

/** What `npm ci` in this repository brings: a fact of the lockfile, and so of one that takes as much as then (573 MB). */
const OF_THE_SOURCES = 573e6;

/** As the files have them. */
const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
    0,
  );

it('shows tables, fetches a tenth of what the sources bring, and says what to do next', async () => {
  const here = emptyFolder();
  const said = await here.done(['npx', '--yes', 'tidemill', 'demo']);
  expect(said).toContain('3 jobs done');
  expect(said).toContain('Which features became widely available most recently?');
  expect(said).toContain('npm create tidemill my-data');
  const fetched = bytesIn(join(dirname(here.folder), 'cache/_cacache'));
  const installed = bytesIn(here.path('tidemill-demo/node_modules'));
  console.log(
    `fetched ${(fetched / 1e6).toFixed(0)} MB, which are ${(installed / 1e6).toFixed(0)} MB when installed\n`,
  );
  expect(fetched).toBeLessThan(OF_THE_SOURCES / 10);

  const again = await here.done(['npx', 'tidemill', 'demo']);
  expect(again).toMatch(/web_features_features +unchanged/);
});
