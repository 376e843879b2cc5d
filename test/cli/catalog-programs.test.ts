/** The catalog of a service whose jobs one program runs: it says with `--discover` what there is. */
import { describe, expect, it } from 'vitest';
import { type Project, project } from './project.ts';

const TOKEN = 'token-of-the-tap-0815';
const env = { TAP_TOKEN: TOKEN };

/** Prints a line for each data set, or the records of one; what it must not see it says on stderr. */
const TAP = `
const of = process.argv.at(-1);
if (process.env.TAP_TOKEN === undefined || process.env.OTHER_TOKEN !== undefined) process.exit(77);
if (of !== '--discover') console.log(JSON.stringify({ id: 1, of }));
else console.log(require('node:fs').readFileSync('sets.ndjson', 'utf8'));
if (of === '--discover' && require('node:fs').existsSync('fails')) {
  console.error('no entry for ' + process.env.TAP_TOKEN);
  process.exit(Number(require('node:fs').readFileSync('fails', 'utf8')));
}
`;

const ISSUES = {
  name: 'issues',
  description: 'Issues: each with its "labels".',
  columns: [
    { name: 'id', type: 'bigint' },
    { name: 'opened_by', type: 'text', from: ['user', 'login.name'] },
    { name: 'labels', type: 'jsonb', from: 'labels' },
  ],
  key: ['id'],
  capabilities: ['incremental', 'full'],
};

async function tapped(command: unknown = [process.execPath, 'tap.cjs']): Promise<Project> {
  const hourly = { cron: '0 * * * *', dependencies: ['TAP_TOKEN'] };
  return project({
    'ingestion-config.yaml': JSON.stringify({
      services: { tap: { command } },
      jobs: {
        users: { service: 'tap', data_type: 'users', ...hourly },
        other: { service: 'tap', data_type: 'users', ...hourly, command: ['true'] },
      },
    }),
    'tap.cjs': TAP,
    'sets.ndjson': [ISSUES, { name: 'users', capabilities: ['full'] }].map((set) => JSON.stringify(set)).join('\n'),
  });
}

const said = async (here: Project, args: readonly string[], more: object = {}): Promise<string> => {
  const { exit, stdout, stderr } = await here.run(args, { env: { ...env, OTHER_TOKEN: 'x', ...more } });
  return `${exit}\n${stdout}${stderr}`;
};

describe('a service that one program reads', () => {
  it.each([
    ['a list', undefined],
    ['a line for the shell', `'${process.execPath}' tap.cjs`],
  ])('is collected from that program, as %s', async (_, command) => {
    const here = await tapped(command);
    expect(await said(here, ['catalog', 'collect'])).toBe('0\ntap: 2 data sets\n  has: issues, users\n');
    expect(await said(here, ['catalog', 'show', 'tap'])).toMatch(/users +there +full +users *\n/);
  });

  it('holds back the job whose data set is gone, and none with a program of its own', async () => {
    const here = await tapped();
    await here.run(['plan', '--record']);
    await said(here, ['catalog', 'collect']);
    here.write('sets.ndjson', JSON.stringify(ISSUES));
    expect(await said(here, ['catalog', 'collect'])).toContain('gone: users\n  not planned any more: users');
    const planned = await here.run(['plan', '--json'], { env, now: '2026-11-21T07:05:00Z' });
    const words = planned.json().decisions.map(({ job, decision }: Record<string, string>) => `${job} ${decision}`);
    expect(words).toEqual(['users unit_gone', 'other run']);
  });

  it('has jobs to paste, with columns, key and variables', async () => {
    const here = await tapped();
    await said(here, ['catalog', 'collect']);
    const entry = (await here.run(['catalog', 'show', 'tap.issues', '--yaml'])).stdout;
    const { services } = JSON.parse(here.read('ingestion-config.yaml'));
    const indented = entry.replaceAll(/^(?=.)/gm, '  ');
    here.write('ingestion-config.yaml', `services: ${JSON.stringify(services)}\njobs:\n${indented}`);
    expect(await said(here, ['validate'])).toMatch(/^0\n/);
    expect(await said(here, ['run', 'tap_issues'])).toMatch(/^0\n/);
    const tables = (await here.run(['tables', 'tap.issues', '--json'])).json();
    expect(
      tables.tables[0].detail.columns.slice(0, 3).map(({ name, type }: Record<string, string>) => [name, type]),
    ).toEqual([
      ['id', 'BIGINT'],
      ['opened_by', 'VARCHAR'],
      ['labels', 'JSON'],
    ]);
  });

  it('keeps its last snapshot where the program fails, and never says what the program may see', async () => {
    const here = await tapped();
    await said(here, ['catalog', 'collect']);
    const file = '.tidemill/local/bucket/_tidemill/catalog/tap.json';
    const before = here.read(file);
    for (const [code, exit] of [
      ['1', 5],
      ['75', 4],
      ['77', 3],
    ]) {
      here.write('fails', String(code));
      const text = await said(here, ['catalog', 'collect']);
      expect(text).toMatch(new RegExp(`^${exit}\ntap: not collected\ntap: the command ended with ${code}`));
      expect(text).not.toContain(TOKEN);
    }
    here.write('sets.ndjson', `${JSON.stringify(ISSUES)}\nloading catalog …\n`);
    here.write('fails', '0');
    expect(await said(here, ['catalog', 'collect'])).toContain('tap names data set 2 ("without a name") does not fit');
    expect(await said(here, ['catalog', 'collect'], { TAP_TOKEN: '' })).toMatch(
      /^3\n.*Missing in the environment: TAP_TOKEN/s,
    );
    expect(here.read(file)).toBe(before);
    expect(await said(here, ['catalog', 'preview', 'tap.issues'])).toMatch(
      /^2\ntap\.issues does not say that it may be read/,
    );
  });
});
