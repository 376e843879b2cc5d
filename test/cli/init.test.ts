/** `tidemill init`: a repository of one's own, from nothing and beside what is there. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
      'npx tidemill setup --environment dev\nnpx tidemill setup --environment prd\n',
      'npx tidemill plan --environment dev`',
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
    const readme = own.read('my-data/README.md');
    expect(readme).toContain('## A bucket');
    expect(readme, 'where nothing lasts').not.toMatch(/gh workflow run|TIDEMILL_ENVIRONMENT/);
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

  it.each(['none', ''])('it takes %j for no service, as the question names it', async (typed) => {
    const own = await project({});
    const { exit } = await own.run(['init', ...BUCKET, '--no-schedule'], { person: typing(['', typed]) });
    expect(exit).toBe(0);
    expect(own.read('ingestion-config.yaml')).toContain('services:\n  example:\n');
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
    for (const path of ['README.md', 'src/x.js'] as const) expect(own.read(path)).toBe(files[path]);
    expect(own.read('.gitignore')).toBe('dist/\n.env\nnode_modules/\n.tidemill/\ngha-creds-*.json\n');
    expect(stdout).toContain('Note: package.json, scripts: start is node ., not tidemill run');
    expect(stdout).toContain('TIDEMILL.md has the way');
    // Where `npm start` is somebody else's, nobody is sent there.
    const start = 'npx tidemill run --group starter --environment local --explore';
    expect(stdout).toContain(`  npm install\n  ${start}\n`);
    expect(own.read('TIDEMILL.md')).toContain(`npm install\n${start}\n`);
    const after = own.read('package.json');
    expect(after).toMatch(/^ {4}"name": "theirs",\n {4}"scripts": \{\n {8}"start": "node \.",\n {8}"plan"/m);
    expect(JSON.parse(after)).toMatchObject({ dependencies: { tidemill: `^${version}`, zod: '^4' } });
    expect(JSON.parse(after)).not.toHaveProperty('private');
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

  it('ends of lines stay as they are, and a checkout with other ones is no other text', async () => {
    const crlf = (text: string): string => text.replaceAll('\n', '\r\n');
    const own = await project({ 'package.json': crlf(PACKAGE), '.gitignore': '/node_modules\r\n.env' });
    await own.run(['init', ...BUCKET]);
    expect(own.read('.gitignore')).toBe('/node_modules\r\n.env\r\n.tidemill/\r\ngha-creds-*.json\r\n');
    expect(own.read('package.json')).not.toMatch(/[^\r]\n/);
    for (const [file, text] of Object.entries(textsIn(own))) writeFileSync(file, text.replaceAll(/\r?\n/g, '\r\n'));
    expect((await own.run(['generate', '--check'])).stdout).toBe('3 files, all fresh.\n');
    expect((await own.run(['init', '--json'])).json()).toMatchObject({ written: [], left: [] });
  });

  it.each(['readme.md', 'README', 'Readme.rst'])('one that has a %s is told the steps beside it', async (readme) => {
    const own = await project({ [readme]: 'Theirs\n' });
    const { steps } = (await own.run(['init', '--json', ...BUCKET])).json();
    expect([steps, existsSync(own.path('README.md'))]).toEqual(['TIDEMILL.md', false]);
  });

  it('a workflow of its own that has the name of one of ours is left, and is not written over later', async () => {
    const [, pages = ''] = WORKFLOWS;
    const theirs = 'on: push\njobs: {}\n';
    const own = await project({ [pages]: theirs });
    const { stdout } = await own.run(['init', ...BUCKET]);
    expect(stdout).toContain(`  ${pages} is there, and is not Tidemill’s: give yours another name`);
    for (const args of [['generate'], ['generate', '--check']]) {
      const { exit, stderr } = await own.run(args);
      expect([exit, stderr]).toEqual([2, expect.stringContaining('Give yours another name')]);
    }
    expect(own.read(pages)).toBe(theirs);
    rmSync(own.path(pages));
    expect(await own.run(['generate'])).toMatchObject({ exit: 0 });
  });

  it.each([
    ['.npmrc', 'save-exact = true\npackage-lock = false\n', '.npmrc has npm write no package-lock.json'],
    ['.gitignore', 'dist\npackage-lock.json\n', '.gitignore leaves package-lock.json out'],
    ['package.json', '{ "name": "lib", "version": "1.0.0" }', 'package.json is not private'],
  ])('what its machines would miss, or others would get, is said: %s', async (file, text, note) => {
    const own = await project({ [file]: text });
    expect((await own.run(['init', ...BUCKET])).stdout).toContain(`Note: ${note}`);
    const fine = await project({ 'package.json': '{ "name": "app", "version": "1.0.0", "private": true }' });
    expect((await fine.run(['init', '--json', ...BUCKET])).json()).toMatchObject({ notes: [] });
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
    const { stdout } = await own.run(['init']);
    expect(stdout).toMatch(/^Written here:\n {2}package\.json\n {2}README\.md\n/);
    expect(stdout).toContain('Next:\n  npm install\n  npm run generate\n  npm start\nREADME.md has the way');
    expect(Object.keys(JSON.parse(own.read('package.json')).dependencies)).toContain('@tidemill/storage-s3');
    expect(own.read('README.md')).toContain('aws s3 mb s3://mine');
    expect(own.read('README.md')).not.toContain('LOCATION');
  });

  it('steps that somebody has changed are left, and it is said how they come anew', async () => {
    const own = await begun('--schedule');
    own.write('README.md', `Ours.\n${own.read('README.md')}`);
    const config = own.read('ingestion-config.yaml');
    own.write(
      'ingestion-config.yaml',
      config.replace('environments:\n', 'environments:\n  dev: { bucket: gs://mine }\n'),
    );
    const { stdout } = await own.run(['init']);
    expect(stdout).toContain('README.md was changed since: remove it, and run this again');
    expect(stdout).not.toContain('has the way to GitHub');
    expect(own.read('README.md')).toMatch(/^Ours\./);
  });

  it('what was said of the schedule holds until something else is said', async () => {
    const own = await begun(...BUCKET, '--schedule');
    const before = own.read('README.md');
    expect((await own.run(['init', '--json'])).json()).toMatchObject({ written: [] });
    expect(own.read('README.md')).toBe(before);
    expect((await own.run(['init', '--no-schedule', '--json'])).json()).toMatchObject({ written: ['README.md'] });
    expect(own.read('README.md')).toContain('It is off. This switches it on');
  });

  it('a script that means something else is no next step, there and in what is told', async () => {
    const scripts = { start: 'node .', generate: 'graphql-codegen', 'new-connector': 'plop' };
    const own = await project({ 'package.json': JSON.stringify({ scripts }), 'README.md': '# Theirs\n' });
    const { stdout } = await own.run(['init', ...BUCKET]);
    const start = 'npx tidemill run --group starter --environment local --explore';
    expect(stdout).toContain(`Next:\n  npm install\n  ${start}\nTIDEMILL.md has`);
    const steps = own.read('TIDEMILL.md');
    for (const text of [`npm install\n${start}\n`, '`npx tidemill generate`', '`npx tidemill new-connector NAME`']) {
      expect(steps).toContain(text);
    }
    expect(steps).not.toMatch(/npm (start|run)/);
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

  it('a folder of it is told that GitHub runs nothing there, and one of its own is not', async () => {
    const own = await project({ '.git/HEAD': '' });
    const notesOf = async (folder: string): Promise<string[]> =>
      (await own.run(['init', folder, '--json', ...BUCKET])).json().notes;
    expect(await notesOf('packages/data')).toEqual([expect.stringContaining(`the repository at ${own.folder},`)]);
    mkdirSync(own.path('other/.git'), { recursive: true });
    expect(await notesOf('other')).toEqual([]);
    expect((await own.run(['init', '--json', ...BUCKET])).json()).toMatchObject({ notes: [] });
  });

  it('a folder that has the name of a service, and is no connector, is not asked what it reads', async () => {
    const config = `services: { github: {} }
jobs: { a: { service: github, data_type: repositories, cron: '7 * * * *', command: ./repositories } }
`;
    const there = { 'connectors/github/main.go': '', 'connectors/README.md': '# Theirs\n' };
    const own = await project({ 'ingestion-config.yaml': config, ...there });
    expect(await own.run(['init', ...BUCKET])).toMatchObject({ exit: 0 });
    expect((await own.run(['generate', '--check'])).stdout).toBe('3 files, all fresh.\n');
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

  it.each([
    ['pnpm', { 'pnpm-lock.yaml': '' }],
    ['yarn', { 'yarn.lock': '' }],
    ['bun', { 'bun.lock': '' }],
    ['yarn', { 'package.json': '{ "packageManager": "yarn@4.4.1" }' }],
  ])('packages that %s installs, and npm cannot: %j', async (manager, files) => {
    const own = await project(files);
    const { error } = (await own.run(['init', '--json', ...BUCKET])).json();
    expect(error).toMatchObject({ code: 'init-package-manager', message: expect.stringContaining(manager) });
    expect(readdirSync(own.folder)).toEqual(Object.keys(files));
    own.write('package-lock.json', '{}');
    expect(await own.run(['init', ...BUCKET])).toMatchObject({ exit: 0 });
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
