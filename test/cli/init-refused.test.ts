import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUCKET } from './begun.ts';
import { project } from './project.ts';

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
