/** `tidemill init`: a repository of one's own, from nothing. */
import { execFile } from 'node:child_process';
import { linkSync, lstatSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { nodeRange, version } from '../../orchestrator/app/version.ts';
import { knownConnectors } from '../../orchestrator/init/catalog.ts';
import { brokenRules } from '../workflow/rules.ts';
import { readWorkflow } from '../workflow/workflow.ts';
import { BUCKET, begun, FILES, textsIn, WORKFLOWS } from './begun.ts';
import { project } from './project.ts';

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
    [
      'gs://my-data',
      'spanner://my-project/my-instance/silver',
      ['gcloud spanner databases create silver --instance=my-instance --project=my-project'],
    ],
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
