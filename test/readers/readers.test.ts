/**
 * What others make of our tables: every table that the warehouse contract writes, read by PyIceberg, by the reference
 * implementation and by DuckDB's own extension, cell by cell. `npm run test:readers` installs and starts them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type WrittenTable, writtenTables } from './tables.ts';

const python = process.env['TIDEMILL_READER_PYTHON'];
const java = process.env['TIDEMILL_READER_JAVA'];
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Each reads the folders of tables from its standard input, and answers a line of JSON for each. */
const readers: Readonly<Record<string, readonly string[]>> = {
  PyIceberg: [python ?? '', file('pyiceberg_rows.py')],
  'the reference implementation': ['java', '-Xmx1g', '-cp', `${java}/*`, file('java/Rows.java')],
  DuckDB: [python ?? '', file('duckdb_rows.py')],
};

interface Answer {
  readonly folder: string;
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly (string | null)[])[];
  /** What manifests say of files, and files do not. */
  readonly faults?: readonly string[];
  readonly error?: string;
}

async function answersOf([program = '', ...args]: readonly string[], folders: readonly string[]): Promise<Answer[]> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(`${folders.join('\n')}\n`);
  const ended = once(child, 'exit');
  const answers: Answer[] = [];
  for await (const line of createInterface({ input: child.stdout })) answers.push(JSON.parse(line) as Answer);
  const [code] = await ended;
  if (code !== 0) throw new Error(`${program} ended with ${code}`);
  return answers;
}

/** One spelling for each value, however a reader prints it. */
function plain(text: string | null, type: string): unknown {
  if (text === null) return null;
  if (type === 'double') return Number(text);
  if (type.startsWith('decimal')) return text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  return text;
}

const ordered = (rows: readonly (readonly unknown[])[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

describe.runIf(python !== undefined && java !== undefined)('a reader of Iceberg', () => {
  let root = '';
  let tables: WrittenTable[] = [];
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'tidemill-readers-'));
    tables = await writtenTables(root);
  }, 300_000);
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('is given tables of every check of the contract', () => {
    expect(tables.length).toBeGreaterThan(145);
    expect(
      tables.some(({ deletes }) => deletes > 0),
      'with rows that were deleted by their positions',
    ).toBe(true);
    expect(new Set(tables.flatMap(({ columns }) => columns.map(({ type }) => type))).size).toBe(8);
  });

  it.each(Object.entries(readers))(
    'sees every cell as we do: %s',
    async (_, command) => {
      const answers = await answersOf(
        command,
        tables.map(({ folder }) => folder),
      );
      for (const [index, { folder, columns, rows }] of tables.entries()) {
        const answer = answers[index];
        expect(answer?.folder).toBe(folder);
        expect(answer?.error, folder).toBeUndefined();
        expect(answer?.faults, folder).toEqual([]);
        expect(answer?.columns, folder).toEqual(columns.map(({ name }) => name));
        const plainRows = (all: Answer['rows'] = []): string[] =>
          ordered(all.map((row) => row.map((text, at) => plain(text, columns[at]?.type ?? ''))));
        // Not the rows themselves: a failure would print megabytes.
        const [theirs, own] = [plainRows(answer?.rows), plainRows(rows)];
        expect(theirs.length, folder).toBe(own.length);
        expect(
          theirs.findIndex((row, at) => row !== own[at]),
          `${folder}: a row is another one`,
        ).toBe(-1);
      }
    },
    300_000,
  );
});
