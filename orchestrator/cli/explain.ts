import { TidemillError } from '@tidemill/kit';
import { type Explained, type ExplainedRow, type ExplainRequest, explain, type Origin } from '../app/explain.ts';
import { openSession } from '../app/session.ts';
import { instant, plural } from '../text/format.ts';
import { lineText, textTable } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { packageCounter } from './values.ts';
import { wholeNumber } from './whole-number.ts';

interface ExplainOptions extends CommonOptions {
  readonly object?: string;
  readonly line?: string;
  readonly warehouse?: string;
  readonly packages: string;
}

const EXAMPLE = `
Examples:
  tidemill explain shop.orders 4711 --environment prd
  tidemill explain shop.prices 4711 2026-11-21             a key of two columns, in their order
  tidemill explain shop.log --object bronze/… --line 12    a table without a key

It shows values of rows: on GitHub they are left out.`;

export const explainCommand: DefineCommand = (command, terminal) => {
  command('explain')
    .argument('<table>', 'SERVICE.TYPE')
    .argument('[key...]', 'the values of the key columns, in their order')
    .description(
      'Where a row comes from: the row in each warehouse, the very record of the raw data that it was made of, when and from where that was read, and which packages named the key since. Only looks.',
    )
    .option('--object <key>', 'of a table without a key: the object of bronze that the row names')
    .option('--line <number>', 'and its line; the table is read once')
    .option('--warehouse <name>', 'only the warehouse of this name; without it, every one of the job')
    .option('--packages <number>', 'how many packages are searched for the key, the newest first', '100')
    .addHelpText('after', EXAMPLE)
    .action(async (table: string, key: string[], options: ExplainOptions) => {
      const session = await openSession(terminal, options);
      const counter = packageCounter(terminal);
      try {
        const request = { table, key, place: placeIn(options), warehouse: options.warehouse };
        const most = wholeNumber('--packages', options.packages);
        const onPackage = (done: number): void => counter.on(table, done, most);
        const found = await explain(session, { ...request, most, onPackage });
        counter.end();
        const told = terminal.actions === undefined ? found : withoutValues(found);
        print(terminal, options, told, () => textOf(told));
      } finally {
        counter.end();
        await session.close();
      }
    });
};

function placeIn({ object, line }: ExplainOptions): ExplainRequest['place'] {
  if (object === undefined && line === undefined) return undefined;
  if (object !== undefined && line !== undefined) return { object, line: wholeNumber('--line', line) };
  throw new TidemillError('config', 'explain-place', '--object and --line only say a place together', {
    hint: 'Say both, as the columns bronze_object_path and bronze_line of the row have them.',
  });
}

/** What a log may keep: places, runs and times. */
const withoutValues = (found: Explained): Explained => ({
  ...found,
  key: {},
  warehouses: found.warehouses.map(({ rows, ...warehouse }) => ({
    ...warehouse,
    rows: rows.map(({ origin, ...row }) => ({
      ...row,
      values: {},
      origin: 'lacking' in origin ? origin : { ...origin, record: { text: '' } },
    })),
  })),
});

function textOf({ table, key, warehouses, chains }: Explained): string {
  const of = Object.entries(key).map(([name, value]) => `${name} ${lineText(value)}`);
  const places = warehouses.map(({ name, url, rows }) => {
    const head = `${name} (${url})`;
    return rows.length === 0 ? `${head}\n\nIt is not there.` : [head, ...rows.map(rowText)].join('\n\n');
  });
  const isThere = warehouses.some(({ rows }) => rows.length > 0);
  const named = chains.map((chain) => chainText(chain, isThere));
  return `${[[table, ...of].join(', '), ...places, ...named].join('\n\n')}\n`;
}

function rowText({ values, checksum, isSound, place, ingestedAt, origin }: ExplainedRow): string {
  const shown = Object.entries(values).map(([name, value]) => [name, value === null ? 'NULL' : lineText(value)]);
  const fits = isSound ? '' : ', which is not that of the columns as they are declared and stand there';
  const lines = [
    ...(shown.length === 0 ? [] : [textTable(['column', 'value'], shown), '']),
    `checksum ${checksum}${fits}`,
    `came or last changed ${instant(ingestedAt)}`,
    `made of line ${place.line} of ${place.object}`,
  ];
  return [...lines, ...('lacking' in origin ? [origin.lacking] : originLines(origin))].join('\n');
}

function originLines({ record, url, manifest }: Origin): string[] {
  const { package: name, job, slot, run, attempt, connector, commit, started_at, finished_at, scope } = manifest;
  const text = 'text' in record ? lineText(record.text) : `base64 ${record.base64}`;
  const by = [connector.package, connector.version].filter((word) => word !== '').join(' ');
  return [
    ...(text === '' ? [] : ['', text, '']),
    `from     ${lineText(url)}`,
    `by       ${by}${commit === undefined ? '' : `, commit ${commit}`}`,
    `run      ${run}, attempt ${attempt} of ${job} for ${slot}`,
    `read     ${started_at} to ${finished_at}`,
    `package  ${name}${scope === 'everything' ? ', which says everything' : ''}`,
  ];
}

function chainText({ job, mentions, looked, stopped }: Explained['chains'][number], isThere: boolean): string {
  const searched = {
    found: plural(looked, 'package'),
    first: plural(looked, 'package'),
    most: `the newest ${plural(looked, 'package')}; --packages searches more`,
    gone: `${plural(looked, 'package')}, before which nothing is left`,
  }[stopped];
  if (mentions.length === 0) {
    return isThere
      ? `${job}: no later package names it (of ${searched})`
      : `${job}: no package names it (of ${searched})`;
  }
  const lines = mentions.map(({ package: name, finishedAt, says, place }) => {
    const where = place === undefined ? '' : `, line ${place.line} of ${place.object}`;
    return `  ${instant(finishedAt)}  ${SAYS[says]}  ${name}${where}`;
  });
  return [`${job}: packages that say something of it (of ${searched})`, ...lines].join('\n');
}

const SAYS = {
  row: 'names it',
  deletion: 'says that it is gone',
  unnamed: 'says everything, without it',
} as const;
