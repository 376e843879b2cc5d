/** `docs/errors.md`: every error code in the source, with its kind, its exit code and who must act. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ErrorKind, EXIT_GATE, errorKinds } from '@tidemill/kit';
import { sourceFiles } from '../source/files.ts';
import type { GeneratedDocument } from './document.ts';
import { type CodeUse, codesIn } from './error-codes.ts';
import { code, GENERATED, page, table } from './markdown.ts';

export async function errorDocuments(root: string): Promise<GeneratedDocument[]> {
  const files = (await sourceFiles(root, ['connectors', 'orchestrator'])).filter((path) => !path.endsWith('.test.ts'));
  const uses = await Promise.all(files.map(async (path) => codesIn(path, await readFile(join(root, path), 'utf8'))));
  return [{ path: 'docs/errors.md', text: errorPage(uses.flat()) }];
}

/** The page; exported so that a test can show what it makes of a code that has two kinds. */
export function errorPage(uses: readonly CodeUse[]): string {
  const byCode = Map.groupBy(uses, (use) => use.code);
  const rows = [...byCode].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, all]) => codeRow(name, all));
  return page(
    '# Errors',
    GENERATED,
    'Every error has a code, which never changes, and a kind, which says who must act. `--json` and the run records in the bucket name both.',
    '## Kinds',
    table(['kind', 'exit', 'who must act', 'tried again within the run'], [...kindRows(), ...otherExits]),
    '## Codes',
    '`…` stands for a name, a number or a place. Of a code that has several kinds, the situation decides which it is.',
    table(['code', 'kind', 'what it says', 'what to do'], rows),
  );
}

const kindRows = (): string[][] =>
  Object.entries(errorKinds).map(([kind, { exit, who, retry }]) => {
    return [code(kind), String(exit), who, retry ? 'yes' : 'no'];
  });

const otherExits = [
  ['none', '0', 'nobody: done', ''],
  [
    'none',
    String(EXIT_GATE),
    'you: the data is loaded, but a gate of `expect` is not met; or `verify` found rows that are not what bronze says',
    '',
  ],
  ['none', '130', 'nobody: stopped by hand; the next run goes on', ''],
];

function codeRow(name: string, uses: readonly CodeUse[]): string[] {
  const distinct = (values: readonly (string | undefined)[]): string[] => [
    ...new Set(values.filter((value) => value !== undefined)),
  ];
  const order = Object.keys(errorKinds) as ErrorKind[];
  const kinds = order.filter((kind) => uses.some((use) => use.kind === kind));
  return [
    code(name),
    kinds.join(', '),
    distinct(uses.map(({ message }) => message)).join(' / '),
    distinct(uses.map(({ hint }) => hint)).join(' / '),
  ];
}
