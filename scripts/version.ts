/**
 * The command `npm run release:version`: the next version of all packages, of what `.changeset` says has changed, and its part of
 * CHANGELOG.md. The release workflow proposes what comes of it.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ReleasePlan, versionOf, wanting, withRelease } from './packages/changelog.ts';

const ROOT = join(import.meta.dirname, '..');
/** What is no workspace, and wants one of ours. */
const BESIDE = ['api', 'browser'].map((kind) => `scripts/connector-kinds/${kind}/connectors/acme_crm/package.json`);

const run = (...[program = '', ...args]: string[]): void => {
  execFileSync(program, args, { cwd: ROOT, stdio: 'inherit' });
};
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const write = (file: string, text: string): void => writeFileSync(join(ROOT, file), text);

const before = JSON.parse(read('orchestrator/package.json')).version;
const file = join(mkdtempSync(join(tmpdir(), 'changesets-')), 'plan.json');
run('npm', 'run', 'changeset', '--', 'status', '--output', file);
const plan = JSON.parse(readFileSync(file, 'utf8')) as ReleasePlan;
run('npm', 'run', 'changeset', '--', 'version');
write('CHANGELOG.md', withRelease(read('CHANGELOG.md'), plan));
for (const file of BESIDE) write(file, wanting(read(file), before, versionOf(plan)));
run('npm', 'install', '--package-lock-only', '--ignore-scripts');
run('npm', 'run', 'generate');
