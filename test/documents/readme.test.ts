/** The README, followed to the letter up to the first result with data of one's own. */
import { readFile, stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { project } from '../cli/project.ts';
import { startFakeHttp } from '../fakes/http-server.ts';
import { follow, type Otherwise } from './follow.ts';
import { stepsOf, wordsOf } from './steps.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');

const OTHERWISE: Otherwise = {
  'npx tidemill demo': 'reads the registry of npm; it is tried from packages',
  // What create-tidemill starts, with Enter for each question.
  'npm create tidemill my-data': (own) => own.run(['init', '--yes']),
  'cd my-data': 'the repository is made where the test is',
  'npm install': 'reads the registry of npm',
  'git init -b main': 'the test keeps no history',
  'git add . && git commit -m "Begin with Tidemill"': 'the test keeps no history',
  'gh repo create my-data --private --source . --push': 'needs an account at GitHub',
  'npx tidemill setup --environment dev':
    'needs an account at GitHub and at Google; test/cli/setup-walk.test.ts tries it on fakes',
};

const repositories = ['hello', 'world'].map((name, id) => ({
  ...{ id, name, stargazers_count: 40 + id, pushed_at: '2026-11-20T10:00:00Z' },
}));

it('leads from nothing to a table of one’s own, and twice to the same', async () => {
  const github = await startFakeHttp();
  github.serve(({ path, query }) =>
    path === '/orgs/github/repos' && query['per_page'] === '100' ? { json: repositories } : undefined,
  );
  const own = await project({});
  const edited = (text: string): string => text.replace('https://api.github.com', github.url);
  const followed = await follow(own, stepsOf(readme), OTHERWISE, { edited });
  expect(followed.map(({ line }) => line)).toContain('npm start');
  const { line, outcome } = followed.find((one) => one.line.includes(' query ')) ?? {};
  expect(outcome?.stdout).toMatch(/^name,stars,pushed_at\r\nworld,41,.*\r\nhello,40,.*\r\n$/);

  const again = await own.run(['run', 'repositories', '--json']);
  expect(again.json().results[0].totals).toMatchObject({ records: 2, inserted: 0, updated: 0 });
  expect((await own.run(wordsOf(line ?? '')[0]?.slice(2) ?? [])).stdout).toBe(outcome?.stdout);
  // What it needs at Google, and a workflow that knows the environment.
  for (const name of ['storage-gcs', 'warehouse-lake'])
    expect(own.read('package.json')).toContain(`"@tidemill/${name}"`);
  expect(own.read('.github/workflows/data-ingestion-orchestrator.yaml')).toMatch(/options:.*dev|- dev$/m);
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
