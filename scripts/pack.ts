/** The command `npm run pack`. */
import { execFile } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { stagePackages } from './packages/stage.ts';

const USAGE = `Usage: npm run pack [-- FOLDER]

Makes a .tgz of each package, as it is published, in FOLDER (default: .tidemill/packages), where others of before go. Try one in
another folder:

  npm install /path/to/tidemill-0.1.0.tgz
`;

/** Answers the exit code. */
async function main(args: string[], root: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
  });
  if (values.help === true || positionals.length > 1) {
    process[values.help === true ? 'stdout' : 'stderr'].write(USAGE);
    return values.help === true ? 0 : 2;
  }
  const folder = resolve(positionals[0] ?? join(root, '.tidemill/packages'));
  const staged = join(folder, 'staged');
  const there = await readdir(folder).catch(unlessMissing);
  const foreign = there.find((name) => !name.endsWith('.tgz') && name !== 'staged');
  if (foreign !== undefined) {
    process.stderr.write(
      `${folder} has ${foreign} in it, and everything there would go. Name a folder for packages alone.\n`,
    );
    return 2;
  }
  await rm(folder, { recursive: true, force: true });
  const folders = await stagePackages({ root, folder: staged, repository: process.env['GITHUB_REPOSITORY'] });
  await mkdir(folder, { recursive: true });
  const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', folder, ...folders]);
  await rm(staged, { recursive: true });
  const packed = JSON.parse(stdout) as readonly { readonly filename: string; readonly size: number }[];
  for (const { filename, size } of packed) {
    process.stdout.write(`${relative(process.cwd(), join(folder, filename))}  ${(size / 1000).toFixed(0)} kB\n`);
  }
  return 0;
}

function unlessMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

process.exitCode = await main(process.argv.slice(2), join(import.meta.dirname, '..'));
