/** `tidemill new-connector --kind …`: what it prints is pasted as a person pastes it, and runs. A tap is installed in `test/taps`. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dbtDocuments } from '../../scripts/documents/dbt.ts';
import { pasted } from './pasted.ts';
import { type Project, project } from './project.ts';
import { query } from './silver.ts';

const CONFIG = `# Ours.
services:
  other: # stays
jobs:
  other_things:
    service: other
    data_type: things
    command: ["true"]
`;

const ROWS = { file: 3, command: 5 } as const;

const begun = (files: Readonly<Record<string, string>> = {}): Promise<Project> =>
  project({ 'ingestion-config.yaml': CONFIG, 'package.json': '{}', ...files });

async function made(kind: string, here: Project): Promise<string> {
  const { exit, stdout, stderr } = await here.run(['new-connector', 'my_books', '--kind', kind]);
  expect([exit, stderr]).toEqual([0, '']);
  here.write('ingestion-config.yaml', pasted(here.read('ingestion-config.yaml'), stdout));
  expect(await here.run(['validate'])).toMatchObject({ exit: 0, stderr: '' });
  return stdout;
}

describe.each(['file', 'command'] as const)('a connector of the kind %s', (kind) => {
  it('runs at once with what was printed, and finds nothing new the next time', async () => {
    const here = await begun();
    const printed = await made(kind, here);
    const [, first = ''] = /npx tidemill (run my_books_contacts --explore)$/m.exec(printed) ?? [];
    const ran = await here.run(first.split(' '));
    expect([ran.exit, ran.stdout]).toEqual([0, expect.stringContaining(`${ROWS[kind]} inserted`)]);
    const rows = await query(here, 'SELECT id, name, updated_at IS NOT NULL FROM my_books.contacts ORDER BY id');
    expect(rows).toHaveLength(ROWS[kind]);
    expect(rows[0]?.slice(1)).toEqual(['Contact 1', 'true']);
    const again = await here.run(['run', 'my_books_contacts', '--json'], { now: '2026-11-21T07:30:00Z' });
    expect(again.json().results[0]).toMatchObject({ result: 'done', totals: { records: 0 } });
  });

  it('has a staging model of its table, which comes by `npm run generate`', async () => {
    const here = await begun();
    await made(kind, here);
    mkdirSync(here.path('connectors'));
    symlinkSync(join(import.meta.dirname, '../../orchestrator'), here.path('orchestrator'));
    const models = (await dbtDocuments(here.folder)).filter(({ path }) => path.endsWith('stg_my_books__contacts.sql'));
    expect(models.map(({ text }) => text)).toEqual([expect.stringContaining("'updated_at': 'timestamptz'")]);
  });
});

it('a command says which data types it has, goes on behind its last checkpoint, and knows no other', async () => {
  const here = await begun();
  await made('command', here);
  expect((await here.run(['catalog', 'collect', 'my_books'])).stdout).toContain('has: contacts');
  const shown = await here.run(['catalog', 'show', 'my_books.contacts', '--yaml']);
  expect(shown.stdout).toContain('updated_at: timestamptz');
  await here.run(['run', 'my_books_contacts']);
  const program = here.read('commands/my-books.mjs').replace('[1, 2, 3, 4, 5]', '[1, 2, 3, 4, 5, 6]');
  here.write('commands/my-books.mjs', program);
  const next = await here.run(['run', 'my_books_contacts', '--json'], { now: '2026-11-21T07:30:00Z' });
  expect(next.json().results[0].totals).toMatchObject({ records: 1, inserted: 1 });
  here.write(
    'ingestion-config.yaml',
    here.read('ingestion-config.yaml').replace('data_type: contacts', 'data_type: x'),
  );
  const wrong = await here.run(['run', 'my_books_contacts', '--json'], { now: '2026-11-21T08:30:00Z' });
  expect(wrong.json().results[0].failure).toMatchObject({ kind: 'config' });
});

it('a tap is not run before it is installed, and who runs it is told how', async () => {
  const here = await begun();
  const printed = await made('singer', here);
  const { exit, stdout } = await here.run(['run', 'my_books_contacts']);
  expect([exit, stdout]).toEqual([2, expect.stringContaining('npx tidemill setup my_books')]);
  expect(printed).toContain('npx tidemill setup my_books\n');
  expect(here.read('taps/my_books.yaml')).toContain('path: taps/my_books/*.jsonl');
});

describe('the checklist', () => {
  it.each(['api', 'browser', 'file', 'command', 'singer'])(
    'of %s ends with models, and has commands that there are',
    async (kind) => {
      for (const repository of ['own', 'sources'] as const) {
        const here = await begun();
        if (repository === 'sources') mkdirSync(here.path('orchestrator/workflows'), { recursive: true });
        const document = (await here.run(['new-connector', 'my_books', '--kind', kind, '--json'])).json();
        expect(document).toMatchObject({ kind, service: 'my_books', job: 'my_books_contacts', repository });
        const commands: string[] = document.checklist.flatMap(({ run }: { run: string[] }) => run);
        expect(commands).toContain('npx tidemill transform stg_my_books__contacts+');
        expect(commands.includes('npm run generate')).toBe(repository === 'sources');
        expect(commands.includes('npx vitest run connectors/my_books')).toBe(kind === 'api' || kind === 'browser');
        expect(commands.some((line) => /^npm install @tidemill\/(files|taps)@\d/.test(line))).toBe(
          repository === 'own' && (kind === 'file' || kind === 'singer'),
        );
        for (const line of new Set(commands.flatMap((one) => /(?<=^npx tidemill )\S+/.exec(one) ?? []))) {
          expect((await here.run([line, '--help'])).exit, line).toBe(0);
        }
      }
    },
  );
});

it.each(['api', 'browser', 'file', 'command', 'singer'])(
  '%s has its staging model where there is a project of dbt',
  async (kind) => {
    const view = 'dbt/models/staging/my_books/stg_my_books__contacts.sql';
    const here = await begun({ 'dbt/dbt_project.yml': '' });
    const { files, is_modelled } = (await here.run(['new-connector', 'my_books', '--kind', kind, '--json'])).json();
    expect([files.includes(view), is_modelled]).toEqual([true, true]);
    expect(here.read(view)).toMatch(/^select\n[\s\S]*from \{\{ silver\('my_books', 'contacts'\) \}\}\n$/);
    const properties = here.read('dbt/models/staging/my_books/my_books.yml');
    expect(properties).toMatch(/^version: 2\n[\s\S]*description: "Contacts as they are now/);
    expect(properties).not.toMatch(/acme|Generated/);

    const plain = await begun();
    await plain.run(['new-connector', 'my_books', '--kind', kind]);
    expect(existsSync(plain.path('dbt'))).toBe(false);
  },
);

describe('nothing is written', () => {
  it.each([
    ['brwser', 'Did you mean "browser"? There are: api, browser, file, command, singer.'],
    ['', 'There are: api, browser, file, command, singer.'],
    ['constructor', 'There are: api, browser, file, command, singer.'],
  ])('for a kind "%s"', async (kind, hint) => {
    const here = await begun();
    const { error } = (await here.run(['new-connector', 'my_books', '--kind', kind, '--json'])).json();
    expect(error).toMatchObject({ code: 'new-connector-kind', hint });
    expect(existsSync(here.path('connectors'))).toBe(false);
  });

  it.each([
    ['file', 'other', {}, 'new-connector-configured'],
    ['api', 'other', {}, 'new-connector-configured'],
    [
      'command',
      'things',
      { 'ingestion-config.yaml': CONFIG.replace('other_things', 'Things_Contacts') },
      'new-connector-configured',
    ],
    ['command', 'my_books', { 'commands/my-books.mjs': '' }, 'new-connector-there'],
    ['singer', 'my_books', { 'taps/my_books/contacts.jsonl': '' }, 'new-connector-there'],
    ['file', 'my_books', { 'connectors/my_books/index.ts': '' }, 'new-connector-there'],
    [
      'api',
      'my_books',
      { 'dbt/dbt_project.yml': '', 'dbt/models/staging/my_books/my_books.yml': '' },
      'new-connector-there',
    ],
    ['file', 'spotify', {}, 'new-connector-known'],
    ['file', 'Books', {}, 'new-connector-name'],
    ['file', 'my_books', { 'ingestion-config.yaml': 'jobs: [' }, 'config-invalid'],
  ])('%s, under the name %s, where it is taken', async (kind, name, files, code) => {
    const here = await begun(files as Readonly<Record<string, string>>);
    const { exit, json } = await here.run(['new-connector', name, '--kind', kind, '--json']);
    expect([exit, json().error.code]).toEqual([2, code]);
    const written = [
      'files',
      'connectors/my_books/package.json',
      'taps/my_books.yaml',
      `connectors/${name}/streams.ts`,
    ];
    expect(written.filter((path) => existsSync(here.path(path)))).toEqual([]);
  });
});

it('a service that waits for its connector gets one', async () => {
  const job = '  my_books_contacts: { service: my_books, data_type: contacts }\n';
  const config = CONFIG.replace('services:\n', 'services:\n  my_books:\n');
  const here = await begun({ 'ingestion-config.yaml': `${config}${job}` });
  expect(await here.run(['new-connector', 'my_books'])).toMatchObject({ exit: 0, stderr: '' });
});
