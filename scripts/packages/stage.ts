/**
 * The workspaces as packages that can be published: JavaScript with declarations beside it, made of the sources for this alone. Each has
 * a folder of its own, by its name.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { workflowNames } from '../../orchestrator/workflows/fill.ts';
import { asJavaScript, asPublished, type Published, withImports } from './code.ts';
import { type Manifest, publishedManifest } from './manifest.ts';
import { placesOf, type Workspace, workspacesIn } from './workspaces.ts';

export interface StageRequest {
  /** Folder of the project, whose packages are installed. */
  readonly root: string;
  /** What was there goes. */
  readonly folder: string;
  /** `OWNER/NAME` at GitHub, where somebody knows. */
  readonly repository: string | undefined;
}

interface Staging extends StageRequest {
  readonly publishedAt: (path: string) => Published | undefined;
}

const CODE = /\.(ts|mjs)$/;
/** Drivers and connectors describe themselves to those who have not installed them: what `tidemill` has of each. */
const DESCRIBED = /^orchestrator\/(?=(?:storage|warehouse|events)\/[^/]+$)|^(?=connectors\/(?!_))/;
const DESCRIPTIONS = ['workflow.yaml', 'setup.md', 'setup.yaml'];
/** What repositories begin with, and their editors read, as it is: by its place in the project, that in `tidemill`. */
const AS_IT_IS = {
  'docs/schemas': 'schemas',
  'scripts/connector-kinds': 'init/connector-kinds',
  // Who wants models copies it: docs/transform.md.
  dbt: 'dbt',
  // Its page at npm is where every other README leads.
  'README.md': 'README.md',
};

/** What dbt leaves in its project where somebody runs it by hand. */
const MADE_BY_DBT = /\bdbt\/(target|logs|dbt_packages)$/;

/** Answers the folders, one a package. Throws what the compiler says. */
export async function stagePackages(request: StageRequest): Promise<string[]> {
  const { root, folder } = request;
  await rm(folder, { recursive: true, force: true });
  const workspaces = await workspacesIn(root);
  await declarationsInto(folder, root);
  const staging = { ...request, publishedAt: placesOf(workspaces) };
  const reached = new Map<string, Published[]>();
  for (const workspace of workspaces) reached.set(workspace.manifest.name, await stageFiles(workspace, staging));
  await rm(join(folder, DECLARATIONS), { recursive: true });
  for (const name of workflowNames) {
    await cp(join(root, '.github/workflows', name), join(folder, 'tidemill/workflows/shipped', name));
  }
  for (const [from, to] of Object.entries(AS_IT_IS)) {
    await cp(join(root, from), join(folder, 'tidemill', to), {
      recursive: true,
      filter: (path) => !MADE_BY_DBT.test(path),
    });
  }
  for (const workspace of workspaces) await stageManifest(workspace, staging, reached);
  return workspaces.map(({ manifest }) => join(folder, manifest.name));
}

/** Relative to the folder of the packages: as the compiler writes them, by the paths of the project. */
const DECLARATIONS = '.declarations';

async function declarationsInto(folder: string, root: string): Promise<void> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(root, 'scripts/packages/tsconfig.json');
  await promisify(execFile)(process.execPath, [compiler, '-p', project, '--outDir', join(folder, DECLARATIONS)]);
}

/** Answers what the files reach in other packages. */
async function stageFiles({ files, manifest, folder: home }: Workspace, staging: Staging): Promise<Published[]> {
  const { root, folder, publishedAt } = staging;
  const reached: Published[] = [];
  const write = async (path: string, text: string): Promise<void> => {
    const place = join(folder, manifest.name, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text);
  };
  const writeCode = async (path: string, file: string, code: string): Promise<void> => {
    const rewritten = withImports(code, path, publishedAt);
    reached.push(...rewritten.reached);
    await write(file, rewritten.text);
  };
  for (const path of files) {
    const file = relative(home, path);
    if (!CODE.test(path)) {
      await cp(join(root, path), join(folder, manifest.name, file));
      continue;
    }
    const source = await readFile(join(root, path), 'utf8');
    await writeCode(path, asPublished(file), path.endsWith('.ts') ? asJavaScript(source) : source);
    if (!path.endsWith('.ts') || path.endsWith('.d.ts')) continue;
    const declared = path.replace(/\.ts$/, '.d.ts');
    await writeCode(path, relative(home, declared), await readFile(join(folder, DECLARATIONS, declared), 'utf8'));
  }
  await cp(join(root, 'LICENSE'), join(folder, manifest.name, 'LICENSE'));
  if (!files.includes(`${home}/README.md`)) await write('README.md', readmeOf(manifest));
  return reached;
}

async function stageManifest(
  { manifest, folder: home }: Workspace,
  { root, folder, repository }: Staging,
  reached: ReadonlyMap<string, readonly Published[]>,
): Promise<void> {
  const { name } = manifest;
  const { engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const byOthers = [...reached.values()].flat().filter((place) => place.package === name);
  const text = publishedManifest(manifest, {
    ...{ engines, repository },
    reached: new Set(byOthers.map(({ path }) => path)),
    imports: new Set(reached.get(name)?.map((place) => place.package)),
  });
  await writeFile(join(folder, name, 'package.json'), text);
  if (!DESCRIBED.test(home)) return;
  const described = join(folder, 'tidemill', home.replace(DESCRIBED, ''));
  await mkdir(described, { recursive: true });
  await writeFile(join(described, 'package.json'), text);
  for (const file of DESCRIPTIONS) await cp(join(root, home, file), join(described, file)).catch(ifThere);
}

function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

const readmeOf = ({ name, description = 'A part of Tidemill.' }: Manifest): string => `# ${name}

${description}

A part of [Tidemill](https://www.npmjs.com/package/tidemill), in the same version as its other packages.
`;
