import { openSession } from '../app/session.ts';
import { type ShownTable, type TableDetail, type Tables, tables } from '../app/tables.ts';
import { bytes, count, inEnvironment, instant, plural } from '../text/format.ts';
import { fittedTable, lineText, textTable } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';

interface TablesOptions extends CommonOptions {
  readonly warehouse?: string;
}

const EXAMPLE = `
Examples:
  tidemill tables --environment prd
  tidemill tables web_features            those of a service
  tidemill tables web_features.features   the columns of one, and queries to try`;

export const tablesCommand: DefineCommand = (command, terminal) => {
  command('tables')
    .argument('[of]', 'a service, or SERVICE.DATA_TYPE')
    .description(
      'The tables of a warehouse: how many rows, how large, when a row last changed, and where other programs find them. Of one, its columns. Only looks.',
    )
    .option('--warehouse <name>', 'that of this name; without it, the first one of the environment')
    .addHelpText('after', EXAMPLE)
    .action(async (of: string | undefined, options: TablesOptions) => {
      const session = await openSession(terminal, options);
      try {
        const found = await tables(session, { of, warehouse: options.warehouse });
        print(terminal, options, found, () => textOf(found, terminal.stdout.columns));
      } finally {
        await session.close();
      }
    });
};

function textOf(found: Tables, width: number): string {
  const [only] = found.tables;
  if (only?.detail !== undefined) return detailText(found, only, only.detail, width);
  const where = `${found.warehouse} of ${found.environment}, ${found.url}`;
  if (only === undefined) {
    return `No tables yet in ${where}: \`npx tidemill run JOB${inEnvironment(found.environment)}\` makes them.\n`;
  }
  const shown = COLUMNS.filter(({ of }) => found.tables.some((table) => of(table) !== ''));
  const cells = found.tables.map((table) => shown.map(({ of }) => of(table)));
  const table = textTable(
    shown.map(({ title }) => title),
    cells,
  );
  return `${table}\n\n${plural(found.tables.length, 'table')} in ${where}\n`;
}

const COLUMNS: readonly { readonly title: string; readonly of: (table: ShownTable) => string }[] = [
  { title: 'table', of: ({ table }) => table },
  { title: 'rows', of: ({ rows }) => count(rows) },
  { title: 'size', of: ({ bytes: size }) => (size === undefined ? '' : bytes(size)) },
  { title: 'last change', of: newestOf },
  { title: 'where', of: ({ url = '' }) => url },
];

function newestOf({ newest_ingested_at: newest }: ShownTable): string {
  return newest === undefined ? '' : instant(newest);
}

function detailText(found: Tables, shown: ShownTable, detail: TableDetail, width: number): string {
  const { table, description, rows, bytes: size, url } = shown;
  const columns = detail.columns.map((column) => [
    column.name,
    column.type,
    column.nullable ? 'yes' : '',
    lineText(column.description),
  ]);
  const facts = [
    ['rows', [plural(rows, 'row'), ...(size === undefined ? [] : [bytes(size)])].join(', ')],
    ['last change', newestOf(shown)],
    ['key', detail.key?.join(', ') || (detail.key === undefined ? '' : 'none: a row is told by its line of bronze')],
    ['loaded by', detail.jobs.join(', ')],
    ['where', url ?? ''],
  ].flatMap(([what = '', says = '']) => (says === '' ? [] : [`${what.padEnd(11)}  ${says}\n`]));
  const ask = `Ask it: npx tidemill query "SELECT …"${inEnvironment(found.environment)}\n`;
  return [
    `${table}${description === '' ? '' : `: ${lineText(description)}`}\n`,
    facts.join(''),
    `${fittedTable(['column', 'type', 'null', 'what it is'], columns, width)}\n`,
    ...detail.examples.map(({ question, sql }) => `${question}\n\n${indented(sql)}\n`),
    ...(detail.examples.length === 0 ? [] : [ask]),
  ].join('\n');
}

const indented = (text: string): string => text.replaceAll(/^/gm, '  ');
