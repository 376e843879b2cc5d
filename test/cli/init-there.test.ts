import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { version } from '../../orchestrator/app/version.ts';
import { BUCKET, begun, ELSEWHERE, textsIn, WORKFLOWS } from './begun.ts';
import { project } from './project.ts';

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
    expect(stdout).toContain(`  ${pages} is there, and is not Tidemill’s: give it another name`);
    for (const args of [['generate'], ['generate', '--check']]) {
      const { exit, stdout: told } = await own.run(args);
      expect([exit, told]).toEqual([0, expect.stringContaining(`${pages} is left: it is not Tidemill’s`)]);
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
