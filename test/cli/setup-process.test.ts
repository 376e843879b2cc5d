/** `tidemill setup` as a process of its own, which Ctrl-C comes to in the middle of what a program of a cloud does. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { cloudPrograms } from '../fakes/cloud-programs.ts';
import { fakeGithubApi, REPOSITORY, TOKEN } from '../fakes/github-api.ts';
import { project } from './project.ts';

const BIN = join(import.meta.dirname, '../../orchestrator/bin/tidemill.mjs');

it('lets the program end, starts nothing after it, and goes on the next time', async () => {
  const config = { environments: { dev: { bucket: 's3://my-company-dev' } }, services: {}, jobs: {} };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  const programs = cloudPrograms(here.folder, ['aws']);
  programs.delay('iam create-user');
  const github = await fakeGithubApi();
  const env = { PATH: programs.path, GITHUB_TOKEN: TOKEN, GITHUB_REPOSITORY: REPOSITORY, GITHUB_API_URL: github.url };
  const start = () => {
    const args = [BIN, 'setup', '--yes', '--skip', 'run'];
    // A group of its own, as a terminal gives it: Ctrl-C is for all of it.
    return spawn(process.execPath, args, { cwd: here.folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  };
  const child = start();
  const [said, told] = [text(child.stdout), text(child.stderr)];
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  while (!programs.calls().some((call) => call.includes('create-user'))) await setTimeout(20);
  process.kill(-(child.pid ?? 0), 'SIGINT');
  expect([await ended, await told]).toEqual([130, expect.stringContaining('Stopped. What was done stays')]);
  expect(await said).not.toContain('DONE  place');
  expect(programs.calls().at(-1)).toContain('create-user');
  expect(github.environments.get('dev')?.secrets.size).toBe(0);

  const again = start();
  await Promise.all([text(again.stdout), text(again.stderr)]);
  expect(github.environments.get('dev')?.secrets.size).toBe(2);
  expect(programs.calls().filter((call) => call.includes('create-user'))).toHaveLength(1);
});
