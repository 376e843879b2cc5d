/** The tutorial, followed to the letter: its program is in Python, and its source is on this machine. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { type Project, project } from '../cli/project.ts';
import { follow, type Otherwise, readerOf } from '../documents/follow.ts';
import { stepsOf } from '../documents/steps.ts';
import { startFakeHttp } from '../fakes/http-server.ts';

const textOf = (page: string): Promise<string> => readFile(new URL(`../../${page}`, import.meta.url), 'utf8');

const ENV = { ISSUES_TOKEN: 'token-of-a-test' };

/** As GitHub answers: from an instant on, that one included, in the order of changes, a page of 100. */
const issues = Array.from({ length: 250 }, (_, index) => ({
  number: index + 1,
  title: `Issue ${index + 1}`,
  state: index % 5 === 0 ? 'open' : 'closed',
  user: { login: 'ada' },
  comments: index % 3,
  updated_at: new Date(Date.parse('2026-11-01T00:00:00Z') + index * 60_000).toISOString().replace('.000', ''),
}));

const otherwiseIn = (own: Project): Otherwise => ({
  'echo "ISSUES_TOKEN=$(gh auth token)" >> .env': 'needs an account at GitHub; the test has a token of its own',
  'set -a; . ./.env; set +a': 'a process has no terminal to put it into',
  'gh secret set ISSUES_TOKEN --env dev': 'needs an account at GitHub',
  'npx tidemill replay issues --dry-run': async () => {
    const config = own.read('ingestion-config.yaml');
    own.write('ingestion-config.yaml', config.replace('      title: text\n', '$&      comments: integer\n'));
    const { stdout, exit } = await own.run(['replay', 'issues', '--dry-run']);
    expect([exit, stdout]).toEqual([0, expect.stringContaining('comments')]);
  },
  'npm run generate': async () => {
    expect((await own.run(['generate'])).exit).toBe(0);
    expect(own.read('.github/workflows/data-ingestion-orchestrator.yaml')).toContain('ISSUES_TOKEN');
  },
  'git add . && git commit -m "Read issues" && git push': 'needs an account at GitHub',
  'gh workflow run data-ingestion-orchestrator.yaml -f environment=dev -f job=issues': 'needs an account at GitHub',
  'npx tidemill setup github': 'asks the package index; test/servers/python-setup.test.ts tries it',
});

/** As the README leaves it, with an environment that GitHub's machines can reach. */
async function myData(): Promise<Project> {
  const own = await project({ 'requirements.txt': '' });
  expect((await own.run(['init', '--yes'])).exit).toBe(0);
  await follow(
    readerOf(own),
    stepsOf(await textOf('README.md')).filter(({ kind }) => kind !== 'command'),
    {},
  );
  return own;
}

it('leads to a table that is read from where the last run stopped', async () => {
  const github = await startFakeHttp();
  github.serve(({ path, query: { since = '' }, headers }) => {
    const isAsked = path === '/repos/cli/cli/issues' && headers['authorization'] === `Bearer ${ENV.ISSUES_TOKEN}`;
    return isAsked ? { json: issues.filter(({ updated_at }) => updated_at >= since).slice(0, 100) } : undefined;
  });
  const edited = (text: string): string => text.replace('https://api.github.com', github.url);
  const own = await myData();
  const page = stepsOf(await textOf('docs/tutorial.md'));
  const followed = await follow(readerOf(own, { env: ENV }), page, otherwiseIn(own), edited);
  const said = (part: string): string[] => followed.filter(({ line }) => line.includes(part)).map((one) => one.said);
  expect(said('SELECT state')[0]?.split('\r\n').sort()).toEqual(['', 'closed,200', 'open,50', 'state,issues']);
  expect(said('explain')[0]).toContain('"title": "Issue 1"');
  // The first run, the second, and the one that reads everything again.
  expect(said('run issues').map((text) => text.match(/^1 job done: .*$/m)?.[0])).toEqual(
    [250, 0, 0].map((inserted) => `1 job done: ${inserted} inserted, 0 updated, 0 deleted.`),
  );
  expect(github.requests.map(({ query: { since } }) => since).slice(3, 6)).toEqual([
    '2026-11-01T04:09:00Z',
    '2026-11-01T04:09:00Z',
    '2026-01-01T00:00:00Z',
  ]);
  expect(said('replay issues').at(-1)).toContain('0 inserted, 250 updated, 0 deleted.');
  github.verify();
  await github.close();
});
