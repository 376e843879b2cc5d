/** What tests of `tidemill init` begin with, and look at. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Project, project } from './project.ts';

export const WORKFLOWS = ['data-ingestion-orchestrator.yaml', 'pages.yaml', 'watchdog.yaml'].map(
  (name) => `.github/workflows/${name}`,
);
export const FILES = [
  ...['package.json', '.gitignore', 'ingestion-config.yaml', 'job-groups.yaml', 'commands/heartbeat.mjs'],
  ...WORKFLOWS,
  'README.md',
];
export const ELSEWHERE = JSON.stringify({ name: '@acme/strava', tidemill: { credentials: ['STRAVA_KEY'] } });
export const BUCKET = ['--bucket', 'gs://my-data', '--environment', 'dev', '--environment', 'prd'];

/** All files below a folder with their texts. */
export function textsIn(own: Project, folder = '.'): Record<string, string> {
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

export async function begun(...args: string[]): Promise<Project> {
  const own = await project({});
  const { exit, stderr } = await own.run(['init', '--json', ...args]);
  expect(exit, stderr).toBe(0);
  return own;
}
