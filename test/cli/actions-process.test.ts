/** What GitHub's runner hears of a process of its own: there `@actions/core` speaks, not a fake. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { annotationsIn, readAssignments } from '../workflow/commands.ts';
import { configOf, type Project, project } from './project.ts';

const BIN = join(import.meta.dirname, '../../orchestrator/bin/tidemill.mjs');
const hourly = { cron: '0 * * * *', prints: [{ a: 1 }] };

interface Step {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** A step as the runner starts it, with empty files for what it has to say. */
function step(here: Project, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Step> {
  here.write('output', '');
  here.write('summary', '');
  const files = { GITHUB_OUTPUT: here.path('output'), GITHUB_STEP_SUMMARY: here.path('summary') };
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const options = { cwd: here.folder, env: { PATH, NODE_COMPILE_CACHE, GITHUB_ACTIONS: 'true', ...files, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], options, (error, stdout, stderr) => {
      const exit = typeof error?.code === 'number' ? error.code : 0;
      const outputs = readAssignments(here.read('output'));
      resolve({ exit, stdout, stderr, outputs, summary: here.read('summary') });
    });
  });
}

it('is the outputs and the summary, in its files', async () => {
  const here = await project({ 'ingestion-config.yaml': configOf({ hourly }) });
  const { exit, outputs, summary, stdout } = await step(here, ['plan', '--job', 'hourly', '--run-id', 'r1', '--json']);
  const { matrix, run_id } = JSON.parse(outputs['work'] ?? '');
  expect([exit, outputs['idle'], run_id]).toEqual([0, '', 'r1']);
  const texts = (_: string, value: unknown) => (typeof value === 'number' ? String(value) : value);
  expect(matrix).toEqual(JSON.parse(JSON.stringify(JSON.parse(stdout).matrix, texts)));
  expect(summary).toMatch(/^### 1 run planned in local/);
});

it('is annotations that arrive as they were meant, beside an answer that is one document', async () => {
  const text = 'jobs:\n  a:\n    "100 %, a: b\\r\\n::error::x ##[add-mask]y": 1\n';
  const here = await project({ 'a,b.yaml': text });
  const { exit, stdout, stderr } = await step(here, ['validate', '--json', '--config', 'a,b.yaml']);
  expect([exit, JSON.parse(stdout).error.kind]).toEqual([2, 'config']);
  const found = annotationsIn(stderr).find(({ message }) => message.includes('100 %'));
  expect(found).toMatchObject({ level: 'error', properties: { file: 'a,b.yaml', line: '3', col: '5' } });
  expect(stderr).not.toMatch(/^::error::x/m);
  expect(stderr).not.toContain('##[');
  const nowhere = await step(here, ['plan'], { TIDEMILL_CONFIG: 'no:where.yaml' });
  expect(annotationsIn(nowhere.stderr)).toMatchObject([{ properties: { file: 'no:where.yaml' } }]);
});

it('is nothing elsewhere, where the package is not even loaded', async () => {
  const refusing = `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (name, context, next) => {
      if (name === '@actions/core') throw new Error('loaded after all');
      return next(name, context);
    } });`;
  const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(refusing)}`;
  const here = await project({ 'ingestion-config.yaml': configOf({ hourly }) });
  const elsewhere = await step(here, ['plan', '--job', 'hourly'], { NODE_OPTIONS, GITHUB_ACTIONS: '' });
  expect(elsewhere).toMatchObject({ exit: 0, stderr: '', outputs: {}, summary: '' });
  expect((await step(here, ['plan', '--job', 'hourly'], { NODE_OPTIONS })).stderr).toContain('loaded after all');
});

it('is not what a library warns of: the error says what is missing', async () => {
  const server = createServer(({ socket }) => void socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const config = { ...JSON.parse(configOf({ hourly })), environments: { dev: { bucket: 'gs://nothing-here' } } };
  const here = await project({ 'ingestion-config.yaml': JSON.stringify(config) });
  const env = { HOME: here.folder, GCE_METADATA_HOST: `127.0.0.1:${port}` };
  const { exit, stdout, stderr } = await step(here, ['doctor', '--environment', 'dev'], env);
  server.close();
  expect([exit, stderr]).toEqual([2, '']);
  expect(stdout).toContain('MISS  bucket         No valid credentials for the bucket gs://nothing-here');
});
