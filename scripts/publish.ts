/** The command `node scripts/publish.ts`: what the release workflow does with the packages that `npm run pack` has made. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { inOrder, manifestIn } from './packages/tarball.ts';

const USAGE = `Usage: node scripts/publish.ts FOLDER [--tag TAG] [--new]

Publishes each .tgz of FOLDER at the registry of npm's configuration, what others need first. A version that is there is left, so that a
release which was broken off goes on. With a tag, such as next, nobody gets them who does not ask for it. With --new it is not asked what is
there: for a registry that has just been made.
`;

const run = promisify(execFile);

/** Answers the exit code. */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', short: 'h' },
      tag: { type: 'string', default: 'latest' },
      new: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const [folder] = positionals;
  if (values.help === true || folder === undefined || positionals.length > 1) {
    process[values.help === true ? 'stdout' : 'stderr'].write(USAGE);
    return values.help === true ? 0 : 2;
  }
  const files = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const packages = await Promise.all(
    files.map(async (name) => ({ file: resolve(join(folder, name)), manifest: await manifestIn(join(folder, name)) })),
  );
  for (const { file, manifest } of inOrder(packages)) {
    const name = `${manifest.name}@${manifest.version}`;
    if (values.new !== true && (await isThere(name))) {
      process.stdout.write(`${name}  is there\n`);
      continue;
    }
    await run('npm', ['publish', file, '--access', 'public', '--tag', values.tag, '--loglevel=error']);
    process.stdout.write(`${name}  published\n`);
  }
  return 0;
}

/** Throws what npm says, unless that is that there is none. */
async function isThere(name: string): Promise<boolean> {
  try {
    return (await run('npm', ['view', name, 'version', '--loglevel=error'])).stdout.trim() !== '';
  } catch (error) {
    if (/\bE404\b/.test(String((error as { stderr?: unknown }).stderr))) return false;
    throw error;
  }
}

process.exitCode = await main(process.argv.slice(2));
