/** The command `npm run bundle`. */
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundle } from './bundle/build.ts';

const USAGE = `Usage: npm run bundle [-- FOLDER]

Makes one bundle of the command line, the connectors and the drivers, in FOLDER (default: .tidemill/bundle): what the
workflow's machines start, in a fraction of the time. The workflow makes it by itself, once a commit. Elsewhere it is
used by who names it, as long as the sources are the same:

  TIDEMILL_BUNDLE=.tidemill/bundle npx tidemill plan
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
  const folder = resolve(positionals[0] ?? join(root, '.tidemill/bundle'));
  try {
    const { files, bytes } = await buildBundle({ root, folder, commit: process.env['GITHUB_SHA'] });
    process.stdout.write(`${relative(process.cwd(), folder)}: ${files} files, ${(bytes / 1e6).toFixed(1)} MB\n`);
    return 0;
  } catch (error) {
    // What the bundler throws is about the sources, and so is what we refuse; any other is a bug, whose stack is asked for.
    if (!(error instanceof Error) || error.constructor !== Error) throw error;
    process.stderr.write(
      `${error.message.trimEnd()}\nNo bundle was made. Without one everything runs from the sources.\n`,
    );
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2), join(import.meta.dirname, '..'));
