/**
 * Writes everything that is derived from the code: `node scripts/generate.ts`. With `--check` it only compares, and
 * ends with 1 when a file is stale.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TidemillError } from '@tidemill/kit';
import { documentsOf, staleIn } from './documents/all.ts';
import { leftoversIn } from './documents/dbt.ts';
import type { GeneratedDocument } from './documents/document.ts';

const USAGE = `Usage: node scripts/generate.ts [--check]

Writes the generated files: the JSON Schemas, the references in docs/, the tables in the READMEs, which leg of the
workflow is given which secrets, and the staging models of dbt. What it wrote there for a table that is gone goes too.
--check writes nothing, names what is stale and ends with 1.
`;

async function write(root: string, { path, text }: GeneratedDocument): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Answers the exit code. */
async function main(args: readonly string[], root: string): Promise<number> {
  const unknown = args.filter((arg) => arg !== '--check');
  if (unknown.length > 0) {
    const isHelp = unknown.includes('--help');
    process[isHelp ? 'stdout' : 'stderr'].write(USAGE);
    return isHelp ? 0 : 2;
  }
  const documents = await documentsOf(root);
  const stale = await staleIn(root, documents);
  const leftovers = await leftoversIn(root, documents);
  const names = [...stale.map(({ path }) => path), ...leftovers].map((path) => `  ${path}\n`).join('');
  if (args.includes('--check')) {
    if (names !== '') process.stderr.write(`Stale, refresh with \`npm run generate\`:\n${names}`);
    return names === '' ? 0 : 1;
  }
  for (const document of stale) await write(root, document);
  for (const path of leftovers) await rm(join(root, path));
  process.stdout.write(names !== '' ? `Written or removed:\n${names}` : `All ${documents.length} files are fresh.\n`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2), join(import.meta.dirname, '..'));
} catch (error) {
  // What a person can mend says how; anything else is a fault of ours, with its place.
  if (!(error instanceof TidemillError)) throw error;
  process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
  process.exitCode = error.exitCode;
}
