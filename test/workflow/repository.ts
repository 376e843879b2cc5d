/** A repository as its owner pushed it: this work tree with a configuration of its own. */
import { cpSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { workflowDocuments } from '../../scripts/documents/workflow.ts';
import { readWorkflow, type Workflow } from './workflow.ts';

export interface Repository {
  /** What a checkout brings. */
  readonly folder: string;
  /** Outside the repository, as the bucket and the warehouse are. */
  readonly outside: (...parts: string[]) => string;
}

const WORK_TREE = resolve(import.meta.dirname, '../..');

/** What a leg may need; tests and documents are left out, for they cost time and change nothing. The lockfile names every workspace. */
const WORKSPACES = ['orchestrator', 'connectors', 'create', 'scripts', 'test/package.json'];
const PARTS = ['package.json', 'package-lock.json', '.npmrc', ...WORKSPACES];

/** `config` and `groups` are the two YAML files; environments dev and prd lie in folders next to the repository. */
export async function makeRepository(config: object, groups: object = {}): Promise<Repository> {
  const root = await mkdtemp(join(tmpdir(), 'repository-'));
  const folder = join(root, 'repository');
  const outside = (...parts: string[]): string => join(root, ...parts);
  for (const part of PARTS) cpSync(join(WORK_TREE, part), join(folder, part), { recursive: true, filter: isShipped });
  const environments = Object.fromEntries(
    ['dev', 'prd'].map((name) => {
      return [name, { bucket: outside(name, 'bucket'), warehouse: outside(name, 'warehouse.duckdb') }];
    }),
  );
  for (const name of ['dev', 'prd']) await mkdir(outside(name, 'bucket'), { recursive: true });
  // JSON is YAML, and two spaces make its lines those of a file somebody wrote.
  await writeFile(join(folder, 'ingestion-config.yaml'), JSON.stringify({ environments, ...config }, undefined, 2));
  await writeFile(join(folder, 'job-groups.yaml'), JSON.stringify({ job_groups: groups }, undefined, 2));
  return { folder, outside };
}

/** One of the workflows as `npm run generate` writes it in the repository. */
export async function generatedFor(repository: Repository, file: string): Promise<Workflow> {
  return readWorkflow(file, await generatedText(repository, file));
}

export async function generatedText({ folder }: Repository, file: string): Promise<string> {
  const own = join('.github', 'workflows');
  cpSync(join(WORK_TREE, own), join(folder, own), { recursive: true });
  return (await workflowDocuments(folder)).find(({ path }) => path.endsWith(`/${file}`))?.text ?? '';
}

const isShipped = (path: string): boolean => basename(path) !== 'node_modules' && !path.endsWith('.test.ts');
