/** The README, followed to the letter up to the first result with data of one's own. */
import { readFile, stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { type Project, project } from '../cli/project.ts';
import { follow, type Otherwise, readerOf } from './follow.ts';
import { ANSWER, startOrganisation } from './organisation.ts';
import { stepsOf } from './steps.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');

const otherwiseIn = (own: Project): Otherwise => ({
  'npx tidemill demo': 'reads the registry of npm; test/packages tries it',
  // What create-tidemill starts, with Enter for each question; test/packages types it.
  'npm create tidemill my-data': () => own.run(['init', '--yes']),
  'cd my-data': 'the repository is made where the test is',
  'npm install': 'reads the registry of npm; test/packages types it',
  'git init -b main': 'the test keeps no history; test/packages does',
  'git add . && git commit -m "Begin with Tidemill"': 'the test keeps no history; test/packages does',
  'gh repo create my-data --private --source . --push': 'needs an account at GitHub',
  'npx tidemill setup --environment dev': 'needs accounts; test/cli/setup-walk.test.ts tries it on fakes',
});

it('leads from nothing to a table of one’s own, and twice to the same', async () => {
  const github = await startOrganisation();
  const own = await project({});
  const followed = await follow(readerOf(own), stepsOf(readme), otherwiseIn(own), github.edited);
  expect(followed.map(({ line }) => line)).toContain('npm start');
  const { line = '', said } = followed.find((one) => one.line.includes(' query ')) ?? {};
  expect(said).toMatch(ANSWER);

  const again = await own.run(['run', 'repositories', '--json']);
  expect(again.json().results[0].totals).toMatchObject({ records: 2, inserted: 0, updated: 0 });
  expect(await readerOf(own).type(line)).toBe(said);
  // What it needs at Google, and a workflow that knows the environment.
  for (const name of ['storage-gcs', 'warehouse-lake']) {
    expect(own.read('package.json')).toContain(`"@tidemill/${name}"`);
  }
  expect(own.read('.github/workflows/data-ingestion-orchestrator.yaml')).toMatch(/options:.*\bdev\b/);
  github.verify();
  await github.close();
});

it('takes no more than 600 words to get there', () => {
  const way = readme.slice(0, readme.indexOf('## To GitHub'));
  expect(way.length).toBeGreaterThan(1000);
  expect(way.replaceAll(/^```\n[\s\S]*?^```$/gm, '').split(/\s+/).length).toBeLessThanOrEqual(600);
});

it('shows pictures that are there, small, and told in words', async () => {
  const pictures = [...readme.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)];
  expect(pictures).toHaveLength(2);
  for (const [, words, path = ''] of pictures) {
    const { size } = await stat(new URL(`../../${path}`, import.meta.url));
    expect(words).toMatch(/\w+( \S+){5}/);
    expect(size).toBeGreaterThan(1000);
    expect(size).toBeLessThan(100_000);
  }
});
