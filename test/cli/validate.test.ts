/** What only the connectors know is told at the word that is wrong, with what was probably meant. */
import { expect, it } from 'vitest';
import { type Project, project } from './project.ts';

interface Told {
  readonly place: { readonly file: string; readonly line: number; readonly column: number };
  readonly message: string;
  readonly hint?: string;
}

async function faultsOf(here: Project): Promise<Told[]> {
  const run = await here.run(['validate', '--json']);
  expect(run.exit).toBe(2);
  return run.json().error.faults;
}

/** A file with one job of Garmin's nights; its lines begin with the sixth. */
const withJob = (service: string, dataType: string, lines: string): Promise<Project> => {
  const head = `services:\n  ${service}:\njobs:\n  mine:\n    service: ${service}\n    data_type: ${dataType}\n`;
  return project({ 'ingestion-config.yaml': `${head}${lines}\n` });
};

it.each([
  [
    'an option that is not there',
    ['garmin', 'sleep', '    options:\n      start_dat: 2026-01-01'],
    ['8:7 jobs.mine.options.start_dat: unknown option', 'Did you mean "start_date"?'],
  ],
  [
    'an option where there are none',
    ['strava', 'athlete', '    options: { from: 2026-01-01 }'],
    ['7:16 jobs.mine.options.from: unknown option', 'athlete takes no options.'],
  ],
  [
    'a value that is none of the choices',
    ['spotify', 'top_tracks', '    options:\n      time_range: longterm'],
    [
      '8:19 jobs.mine.options.time_range: expected one of short_term, medium_term, long_term',
      'Did you mean "long_term"?',
    ],
  ],
  [
    'an option that must be there',
    ['google_sheets', 'values', '    options:\n      ranges: [Prices]'],
    ['7:5 jobs.mine.options: "spreadsheet_id" is missing: expected a text', undefined],
  ],
  [
    'a data type',
    ['garmin', 'slep', '    description: nights'],
    ['6:16 garmin has no data type slep', 'Did you mean "sleep"?'],
  ],
  [
    'a column that is no time',
    ['garmin', 'sleep', '    expect: { fresh_within: 2d, fresh_by: score }'],
    ['7:43 mine: expect.fresh_by names score, which is no time', expect.stringContaining('calendar_date')],
  ],
] as const)('%s', async (_what, [service, dataType, lines], [told, hint]) => {
  const faults = await faultsOf(await withJob(service, dataType, lines));
  const said = faults.map(({ place: { line, column }, message }) => `${line}:${column} ${message}`);
  expect([said, faults[0]?.hint]).toEqual([[told], hint]);
});

it('a table that the connector declares, each word of it; and the run refuses it, too', async () => {
  const lines = '    columns: { a: text }\n    primary_key: [a]\n    write: upsert\n    scope: changes';
  const here = await withJob('strava', 'athlete', lines);
  const said = (await faultsOf(here)).map(({ place: { line, column }, message }) => `${line}:${column} ${message}`);
  const message = 'the connector declares its table: expected this only with a command, or an open connector';
  const keys = ['columns', 'primary_key', 'write', 'scope'];
  expect(said).toEqual(keys.map((key, index) => `${index + 7}:5 jobs.mine.${key}: ${message}`));
  const run = await here.run(['run', 'mine', '--json']);
  expect(run.json().results[0].failure.code).toBe('table-declared');
});

/** A service of files, and a job of it; its lines begin with the eighth. */
const withFiles = (options: string, lines: string): Promise<Project> => {
  const head = `services:\n  shop:\n    package: '@tidemill/files'\n    options: ${options}\njobs:\n  mine:\n    service: shop\n`;
  return project({ 'ingestion-config.yaml': `${head}    data_type: orders\n${lines}\n` });
};

it.each([
  [
    'an option of the service',
    '{ ulr: in }',
    '    options: { files: a.csv }',
    ['4:16 services.shop.options.ulr: unknown option', 'Did you mean "url"?'],
  ],
  [
    'an option of the job',
    '{ url: in }',
    '    options: { file: a.csv }',
    ['9:16 jobs.mine.options.file: unknown option', 'Did you mean "files"?'],
  ],
  [
    'what only the connector knows',
    '{ url: "https://example.org" }',
    '    options: { files: "*.csv" }',
    ['9:14 *.csv: nobody lists the files at https://example.org', expect.stringContaining('Name each file')],
  ],
  [
    'a password in an address, which is not told,',
    '{ url: "https://me:secret-word@example.org/" }',
    '    options: { files: a.csv }',
    [
      '4:21 services.shop.options.url: expected no password in it: name the variables that hold it under auth',
      undefined,
    ],
  ],
  [
    'a place that nobody reads here',
    '{ url: "sftp://example.org/" }',
    '    options: { files: a.csv }',
    [
      '4:21 services.shop.options.url: expected https://, a bucket or a folder: for FTP and SFTP, a job with a command fetches the files',
      undefined,
    ],
  ],
] as const)('of an open connector %s', async (_, options, lines, [told, hint]) => {
  const faults = await faultsOf(await withFiles(options, lines));
  const said = faults.map(({ place: { line, column }, message }) => `${line}:${column} ${message}`);
  expect(said).toContain(told);
  expect(faults.find(({ message }) => told.endsWith(message))?.hint).toEqual(hint);
});

it('refuses options of a service whose connector takes none', async () => {
  const text =
    'services:\n  strava:\n    options: { url: in }\njobs:\n  mine:\n    service: strava\n    data_type: athlete\n';
  const [fault] = await faultsOf(await project({ 'ingestion-config.yaml': text }));
  expect(fault?.message).toContain('services.strava has options that do not fit');
});

it('finds the place also where jobs are a list', async () => {
  const job = '  - id: nights\n    service: garmin\n    data_type: sleep\n    options:\n      since: 2026-01-01\n';
  const [fault] = await faultsOf(await project({ 'ingestion-config.yaml': `jobs:\n${job}` }));
  expect(fault).toMatchObject({ place: { line: 6, column: 7 }, message: 'jobs.nights.options.since: unknown option' });
});

/** Two jobs for one table, each in its environment. */
const twoJobs = (service: string, dataType: string, where: readonly [string, string]): Promise<Project> => {
  const jobs = where.map((environment, index) => [`job${index}`, { service, data_type: dataType, environment }]);
  const environments = { dev: { bucket: 'dev-bucket' } };
  return project({ 'ingestion-config.yaml': JSON.stringify({ environments, jobs: Object.fromEntries(jobs) }) });
};

it.each([
  ['says everything', 'spotify', 'saved_tracks'],
  ['may say everything', 'todoist', 'tasks'],
])('refuses two jobs for a table of which a run %s, unless they are apart', async (_, service, name) => {
  const [fault, ...more] = await faultsOf(await twoJobs(service, name, ['dev', 'dev']));
  const message = `job1: job0 loads ${service}.${name} too, and each would delete the rows of the other`;
  expect([fault?.message, more]).toEqual([message, []]);
  expect((await (await twoJobs(service, name, ['dev', 'local'])).run(['validate'])).exit).toBe(0);
});

it.each([
  ['both say everything', { scope: 'everything' }, { write: 'replace' }, 'each would delete the rows of the other'],
  ['the first says everything', { scope: 'everything' }, {}, 'job0 would delete the rows of job1'],
  ['the second does', {}, { write: 'replace' }, 'job1 would delete the rows of job0'],
])('refuses two commands for one table where %s', async (_, one, other, loss) => {
  const command = { service: 'shop', data_type: 'orders', command: 'x', columns: { id: 'text' }, primary_key: ['id'] };
  const jobs = { job0: { ...command, ...one }, job1: { ...command, ...other } };
  const [fault, ...more] = await faultsOf(await project({ 'ingestion-config.yaml': JSON.stringify({ jobs }) }));
  expect([fault?.message, more]).toEqual([`job1: job0 loads shop.orders too, and ${loss}`, []]);
});

it('lets several jobs load a table that their runs tell changes of', async () => {
  expect((await (await twoJobs('strava', 'activities', ['dev', 'dev'])).run(['validate'])).exit).toBe(0);
});
