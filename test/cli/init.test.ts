/** `tidemill init`: a repository of one's own, from nothing and beside what is there. */
import { execFile } from 'node:child_process';
import { existsSync, linkSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { nodeRange, version } from '../../orchestrator/app/version.ts';
import { knownConnectors } from '../../orchestrator/init/catalog.ts';
import { brokenRules } from '../workflow/rules.ts';
import { readWorkflow } from '../workflow/workflow.ts';
import { type Project, project } from './project.ts';

const WORKFLOWS = ['data-ingestion-orchestrator.yaml', 'pages.yaml', 'watchdog.yaml'].map(
  (name) => `.github/workflows/${name}`,
);
const FILES = [
  ...['package.json', '.gitignore', 'ingestion-config.yaml', 'job-groups.yaml', 'commands/heartbeat.mjs'],
  ...WORKFLOWS,
  'README.md',
];
const ELSEWHERE = JSON.stringify({ name: '@acme/strava', tidemill: { credentials: ['STRAVA_KEY'] } });
const BUCKET = ['--bucket', 'gs://my-data', '--environment', 'dev', '--environment', 'prd'];

/** All files below a folder with their texts. */
function textsIn(own: Project, folder = '.'): Record<string, string> {
  const names = readdirSync(own.path(folder), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    names.map((entry) => [
      join(entry.parentPath, entry.name),
      own.read(join(entry.parentPath.slice(own.folder.length), entry.name)),
    ]),
  );
}

async function begun(...args: string[]): Promise<Project> {
  const own = await project({});
  const { exit, stderr } = await own.run(['init', '--json', ...args]);
  expect(exit, stderr).toBe(0);
  return own;
}

describe('a repository from nothing', () => {
  it('is valid, with fresh workflows that GitHub’s parser takes, and its example runs', async () => {
    const own = await begun(...BUCKET, '--service', 'spotify', '--service', 'web_features');
    expect(Object.keys(textsIn(own)).sort()).toEqual(FILES.map((path) => own.path(path)).sort());
    expect((await own.run(['validate'])).stdout).toContain('no fault');
    expect((await own.run(['generate', '--check'])).stdout).toBe('3 files, all fresh.\n');
    for (const file of WORKFLOWS) expect(brokenRules(await readWorkflow(file, own.read(file)))).toEqual([]);
    const ran = await own.run(['run', 'example_heartbeats', '--json']);
    expect(ran.json()).toMatchObject({
      results: [{ result: 'done', totals: { records: 1, rejected: 0, inserted: 1 } }],
    });
  });

  it('depends on what its configuration needs, in this version, and on nothing else', async () => {
    const own = await begun(...BUCKET, '--service', 'garmin');
    const range = `^${version}`;
    const wanted = (...names: string[]) => Object.fromEntries(names.map((name) => [name, range]));
    expect(JSON.parse(own.read('package.json'))).toMatchObject({
      private: true,
      engines: { node: nodeRange },
      dependencies: wanted(
        ...['@tidemill/garmin', '@tidemill/github', '@tidemill/site', '@tidemill/storage-gcs'],
        ...['@tidemill/warehouse-lake', 'tidemill'],
      ),
      devDependencies: wanted('@tidemill/garmin-sign-in', '@tidemill/warehouse-duckdb'),
    });
  });

  it('says the next steps with its own names: bucket, identity, secrets, first run, schedule', async () => {
    const own = await begun(...BUCKET, '--service', 'spotify', '--schedule');
    const readme = own.read('README.md');
    for (const line of [
      'gcloud storage buckets create gs://my-data-prd --project',
      'gh variable set GCP_SERVICE_ACCOUNT --env dev',
      'gh variable set SPOTIFY_CLIENT_ID --env dev\n',
      'gh secret set SPOTIFY_REFRESH_TOKEN --env prd\n',
      'gh secret set TIDEMILL_STATE_KEY --env prd\n',
      '-f environment=dev -f group=starter\n',
      'gh variable set TIDEMILL_ENVIRONMENT --body dev\n',
    ]) {
      expect(readme).toContain(line);
    }
    expect(readme).not.toMatch(/\{\w+\}(?<!\{owner\}|\{repo\})|undefined|STRAVA|SPOTIFY_REDIRECT_URI/);
  });

  it.each([
    ['s3://my-data/tidemill', 'lake', ['aws s3 mb s3://my-data', 'gh secret set AWS_SECRET_ACCESS_KEY --env dev']],
    ['gs://my-data', 'bigquery://my-project/silver', ['bq --location=EU mk --dataset my-project:silver']],
    ['gs://my-data', 'postgres://me@db.example.org/silver', ['gh secret set TIDEMILL_POSTGRES_PASSWORD --env dev']],
  ])('with %s and %s it says how both are set up, and shared parts once', async (bucket, warehouse, lines) => {
    const own = await begun('--bucket', bucket, '--warehouse', warehouse);
    const readme = own.read('README.md');
    for (const line of lines) expect(readme).toContain(line);
    expect(readme.split('workload-identity-pools create ').length).toBeLessThan(3);
    expect((await own.run(['validate'])).exit).toBe(0);
  });

  it.each(knownConnectors().map(({ service }) => [service]))('with %s it has jobs that are valid', async (service) => {
    const own = await begun('--service', service);
    expect(own.read('ingestion-config.yaml')).toMatch(new RegExp(`^  ${service}_\\w+:$`, 'm'));
    expect(await own.run(['validate'])).toMatchObject({ exit: 0 });
    expect((await own.run(['generate', '--check'])).exit).toBe(0);
  });

  it.each(knownConnectors())('$service is described as it describes itself', async ({ service, description }) => {
    const { default: connector } = await import(`../../connectors/${service}/index.ts`);
    expect(description).toBe(connector.title);
  });

  it('says aloud what it takes where nothing was said and nobody can be asked', async () => {
    const own = await project({});
    const { stderr, stdout, exit } = await own.run(['init', 'my-data']);
    expect(exit).toBe(0);
    expect(stderr).toContain('bucket: .tidemill/NAME/bucket, as nothing else was said\n');
    expect(stderr).toContain('environments: local, as nothing else was said\n');
    expect(stdout).toContain('  cd my-data\n');
    expect(own.read('my-data/README.md')).toContain('## A bucket');
  });
});

it('npm create tidemill starts it, in a process of its own', async () => {
  const own = await project({});
  const program = join(import.meta.dirname, '../../create/create-tidemill.mjs');
  const options = { cwd: own.folder, env: { PATH: process.env['PATH'] } };
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'my-data', '--yes'], options);
  expect(stdout).toContain('Written in my-data:\n  package.json\n');
  expect((await readdir(own.path('my-data'))).length).toBe(7);
});

describe('broken off', () => {
  const args = ['init', ...BUCKET, '--service', 'web_features'];

  it('after any file it goes on from there, with what was chosen', async () => {
    const own = await project({});
    const { written } = (await own.run([...args, '--json'])).json() as { written: string[] };
    const whole = written.map((path) => ({ path, text: own.read(path) }));
    expect(whole).toHaveLength(FILES.length);
    for (const [index] of whole.entries()) {
      for (const name of readdirSync(own.folder)) rmSync(own.path(name), { recursive: true });
      const there = whole.slice(0, index);
      for (const { path, text } of there) own.write(path, text);
      await own.run(there.some(({ path }) => path === 'ingestion-config.yaml') ? ['init'] : args);
      for (const { path, text } of whole) expect(own.read(path), `${path} after ${index} files`).toBe(text);
    }
  });

  it('a file that it changes is never half written: another takes its place, as whole as the one before', async () => {
    const own = await project({ 'package.json': '{ "name": "theirs" }' });
    linkSync(own.path('package.json'), own.path('as-it-was.json'));
    await own.run(args);
    expect(own.read('as-it-was.json')).toBe('{ "name": "theirs" }');
    expect(JSON.parse(own.read('package.json'))).toHaveProperty('scripts');
  });

  it('a link stays one, and what it leads to is changed', async () => {
    const own = await project({ 'elsewhere/package.json': '{ "name": "theirs" }' });
    symlinkSync('elsewhere/package.json', own.path('package.json'));
    await own.run(args);
    expect(lstatSync(own.path('package.json')).isSymbolicLink()).toBe(true);
    expect(JSON.parse(own.read('elsewhere/package.json'))).toHaveProperty('scripts');
  });
});

describe('at a terminal', () => {
  const answers = ['gs://My_Data', 'gs://my-data', 'dev prd', '', 'spotfy', 'web_features', 'maybe', 'y'];
  const typing = (all: readonly (string | undefined)[]) => {
    const left = [...all];
    return { type: () => left.shift() };
  };

  it('it asks five questions, each until the answer can be', async () => {
    const own = await project({});
    const { stderr, exit } = await own.run(['init', 'my-data'], { person: typing(answers) });
    expect(exit, stderr).toBe(0);
    expect(stderr).toContain('No bucket can be called "My_Data".');
    expect(stderr).toContain('There is no connector for "spotfy". Did you mean "spotify"?');
    expect(stderr).toContain('"maybe" is neither yes nor no.');
    const config = own.read('my-data/ingestion-config.yaml');
    expect(config).toContain('bucket: gs://my-data-prd\n    warehouse: lake\n');
    expect(config).toContain('web_features_features:');
  });

  it('it does not ask what flags have said', async () => {
    const own = await project({});
    const { stderr } = await own.run(['init', ...BUCKET, '--service', 'strava'], { person: typing(['', 'no']) });
    expect(stderr).not.toContain('Where is the bucket');
    expect(stderr).not.toContain('Which services?');
    expect(own.read('ingestion-config.yaml')).toContain('strava_athlete:');
  });

  it.each([0, 1, 4])('it writes nothing when the person leaves at question %i', async (at) => {
    const own = await project({});
    const person = typing([...['gs://my-data', 'dev', '', '', 'no'].slice(0, at), undefined]);
    const { stderr, exit } = await own.run(['init', 'my-data'], { person });
    expect(exit).toBe(130);
    expect(stderr).toContain('Stopped; nothing was written.');
    expect(readdirSync(own.folder)).toEqual([]);
  });
});

describe('in a repository that is there', () => {
  const PACKAGE = `${JSON.stringify({ name: 'theirs', scripts: { start: 'node .' }, dependencies: { zod: '^4' } }, undefined, 4)}\n`;
  const files = { 'package.json': PACKAGE, 'README.md': '# Theirs\n', '.gitignore': 'dist/\n.env\n', 'src/x.js': '' };

  it('nothing is overwritten: packages and scripts are added, and what is otherwise is said', async () => {
    const own = await project(files);
    const { stdout, exit } = await own.run(['init', ...BUCKET, '--no-schedule']);
    expect(exit).toBe(0);
    for (const path of ['README.md', '.gitignore', 'src/x.js'] as const) expect(own.read(path)).toBe(files[path]);
    expect(stdout).toContain('  .gitignore is there: add node_modules/, .tidemill/, gha-creds-*.json\n');
    expect(stdout).toContain('Note: package.json, scripts: start is node ., not tidemill run');
    expect(stdout).toContain('TIDEMILL.md has the way');
    const after = own.read('package.json');
    expect(after).toMatch(/^ {4}"name": "theirs",\n {4}"scripts": \{\n {8}"start": "node \.",\n {8}"plan"/m);
    expect(JSON.parse(after)).toMatchObject({ dependencies: { tidemill: `^${version}`, zod: '^4' } });
    expect(JSON.parse(after)).not.toHaveProperty('private');
  });

  it('it is said what would keep it from running at GitHub: a repository around it, and another lockfile', async () => {
    const own = await project({ '.git/config': '', 'yarn.lock': '' });
    const { stdout } = await own.run(['init', 'tools/my-data', ...BUCKET]);
    expect(stdout).toContain(`Note: this is a folder of the repository ${own.folder}, and GitHub starts no workflow`);
    expect(stdout).not.toContain('yarn.lock');
    const atTop = await own.run(['init', ...BUCKET]);
    expect(atTop.stdout).toContain('Note: there is a yarn.lock, and the workflows install by `npm ci`');
    expect(atTop.stdout).not.toContain('this is a folder');
  });

  it('ends of lines stay those that a package.json has', async () => {
    const own = await project({ 'package.json': PACKAGE.replaceAll('\n', '\r\n') });
    await own.run(['init', ...BUCKET]);
    expect(own.read('package.json').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it.each([[{}], [files]])('a second time changes nothing: %j', async (there) => {
    const own = await project(there);
    await own.run(['init', ...BUCKET, '--service', 'todoist']);
    const before = textsIn(own);
    const again = await own.run(['init', ...BUCKET, '--service', 'todoist', '--json']);
    expect(again.json()).toMatchObject({ written: [] });
    expect((await own.run(['init'])).stdout).toContain('Everything is here already; nothing was written.');
    expect(textsIn(own)).toEqual(before);
  });

  it('a configuration that is there says what is needed, and is kept', async () => {
    const config = `environments: { prod: { bucket: 's3://theirs' } }
jobs: { runs: { service: strava, data_type: activities, cron: '7 * * * *' } }
`;
    const own = await project({ 'ingestion-config.yaml': config });
    const { stdout, stderr } = await own.run(['init', ...BUCKET, '--service', 'todoist']);
    expect(own.read('ingestion-config.yaml')).toBe(config);
    expect(existsSync(own.path('job-groups.yaml'))).toBe(false);
    expect(stdout).toContain('Note: ingestion-config.yaml was there');
    expect(stderr).toBe('');
    expect(Object.keys(JSON.parse(own.read('package.json')).dependencies)).toEqual(
      expect.arrayContaining(['@tidemill/storage-s3', '@tidemill/strava']),
    );
    expect(own.read('README.md')).toContain('gh secret set STRAVA_REFRESH_TOKEN --env prod\n');
    expect((await own.run(['generate', '--check'])).exit).toBe(0);
  });

  it('a bucket that comes later gets its packages, and steps of its own', async () => {
    const own = await begun('--service', 'strava');
    expect(own.read('README.md')).toContain('where LOCATION is a URL such as gs://');
    const config = own.read('ingestion-config.yaml');
    own.write(
      'ingestion-config.yaml',
      config.replace('environments:\n', "environments:\n  dev: { bucket: 's3://mine' }\n"),
    );
    rmSync(own.path('README.md'));
    await own.run(['generate']);
    expect((await own.run(['init', '--json'])).json()).toMatchObject({
      written: ['package.json', 'README.md'],
      left: [],
    });
    expect(Object.keys(JSON.parse(own.read('package.json')).dependencies)).toContain('@tidemill/storage-s3');
    expect(own.read('README.md')).toContain('aws s3 mb s3://mine');
  });

  it('a password that it has is in nothing that is made of it', async () => {
    const places = "{ bucket: 'gs://theirs', warehouse: 'postgres://me:hunter2@db.example.org/silver' }";
    const own = await project({ 'ingestion-config.yaml': `environments: { prod: ${places} }\njobs: {}\n` });
    expect(await own.run(['init'])).toMatchObject({ exit: 0 });
    expect(own.read('README.md')).toContain('`postgres://me@db.example.org/silver`');
    for (const [path, text] of Object.entries(textsIn(own))) {
      if (!path.endsWith('ingestion-config.yaml')) expect(text, path).not.toContain('hunter2');
    }
  });

  it('a connector and a driver from elsewhere are asked for by nobody', async () => {
    const config = `services: { strava: { package: '@acme/strava' }, todoist: {} }
jobs:
  a: { service: strava, data_type: activities, cron: '7 * * * *' }
  b: { service: todoist, data_type: tasks, cron: '7 * * * *', command: ./tasks }
`;
    const own = await project({ 'ingestion-config.yaml': config, 'connectors/strava/package.json': ELSEWHERE });
    expect(await own.run(['init'])).toMatchObject({ exit: 0 });
    expect(Object.keys(JSON.parse(own.read('package.json')).dependencies)).toEqual([
      ...['@tidemill/github', '@tidemill/site', '@tidemill/warehouse-duckdb', 'tidemill'],
    ]);
  });

  it('one with a fault is told, and nothing is written', async () => {
    const own = await project({ 'ingestion-config.yaml': 'jobs: { x: {} }\n' });
    expect(await own.run(['init'])).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('ingestion-config.yaml:1'),
    });
    expect(readdirSync(own.folder)).toEqual(['ingestion-config.yaml']);
  });
});

describe('is refused, and nothing is written:', () => {
  it.each([
    [['My Data'], 'init-name', 'Did you mean "my-data"?'],
    [['tidemill'], 'init-name', 'Did you mean "my-data"?'],
    [['x', '--bucket', 'gs://My_Data'], 'init-bucket', '3 to 63 lower-case letters'],
    [['x', '--bucket', 'ftp://data'], 'init-location', 'gs://my-bucket'],
    [['x', '--bucket', 'my-data'], 'init-location', 'gs://my-data or s3://my-data; a folder is ./my-data'],
    [['x', '--bucket', 's3//my-data'], 'init-location', 's3://my-data'],
    [['x', '--bucket', 'S3://my-data'], 'init-location', 'gs://my-bucket'],
    [['x', '--bucket', 'gs://my-data?region=eu'], 'init-location', 'gs://my-bucket'],
    [['x', '--bucket', 'gs://me@my-data'], 'init-location', 'gs://my-bucket'],
    [['x', '--bucket', 'data\nbase'], 'init-answer', 'in one line'],
    [['x', '--warehouse', 'postgres://me:hunter2@h/db'], 'init-password', 'Leave it out'],
    [['x', '--environment', 'PRD!'], 'init-environment', 'lower-case letters'],
    [['x', '--warehouse', 'snowflake'], 'init-location', 'postgres://'],
    [['x', ...BUCKET, '--warehouse', 'postgres://me@h/db'], 'init-warehouse', 'Write NAME'],
    [['x', '--service', 'spotfy'], 'init-service', 'Did you mean "spotify"?'],
    [['x', '--service', 'salesforce'], 'init-service', 'npm run new-connector'],
  ])('%j', async (args, code, hint) => {
    const own = await project({});
    const { json, exit } = await own.run(['init', '--json', ...args]);
    expect(exit).toBe(2);
    expect(json().error).toMatchObject({ code, hint: expect.stringContaining(hint) });
    expect(JSON.stringify(json())).not.toContain('hunter2');
    expect(readdirSync(own.folder)).toEqual([]);
  });

  it('a folder that is not empty', async () => {
    const own = await project({ 'my-data/x.txt': '' });
    const { json } = await own.run(['init', 'my-data', '--json']);
    expect(json().error).toMatchObject({ code: 'init-folder', hint: expect.stringContaining('npx tidemill init') });
    expect(readdirSync(own.path('my-data'))).toEqual(['x.txt']);
  });

  it('a package.json that is none', async () => {
    const own = await project({ 'package.json': '{' });
    expect((await own.run(['init', '--json'])).json().error).toMatchObject({ code: 'init-package' });
    expect(readdirSync(own.folder)).toEqual(['package.json']);
  });

  it('a place that cannot be written: what was made until then is gone, and what was changed is as it was', async () => {
    const own = await project({ 'package.json': '{ "name": "theirs" }', '.github': 'no folder' });
    const { json } = await own.run(['init', '--json']);
    expect(json().error).toMatchObject({ code: 'files-not-written', hint: expect.stringContaining('as it was') });
    expect(readdirSync(own.folder).sort()).toEqual(['.github', 'package.json']);
    expect(own.read('package.json')).toBe('{ "name": "theirs" }');
  });

  it('a folder of a machine that is none', async () => {
    const own = await project({});
    writeFileSync(own.path('file'), '');
    expect((await own.run(['init', 'file', '--json'])).json().error).toMatchObject({ code: 'init-folder' });
    expect((await own.run(['init', 'file/x', '--json'])).json().error.message).toContain('ENOTDIR');
    mkdirSync(own.path('sources/orchestrator/workflows'), { recursive: true });
    expect((await own.run(['init', 'sources', '--json'])).json().error).toMatchObject({ code: 'init-of-sources' });
  });
});
