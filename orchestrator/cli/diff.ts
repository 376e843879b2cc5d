import { TidemillError } from '@tidemill/kit';
import { type Difference, diff, type Point } from '../app/diff.ts';
import { openSession } from '../app/session.ts';
import { changedColumnsText, changesText } from '../report/changes.ts';
import type { Change, Values } from '../run/changes/change.ts';
import { count, plural } from '../text/format.ts';
import { boundedTable, page } from '../text/markdown.ts';
import { lineText, markdownText, shortened } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import { packageCounter, type ValueOptions, valuesFor, valuesOption } from './values.ts';
import { wholeNumber } from './whole-number.ts';

interface DiffOptions extends CommonOptions, ValueOptions {
  readonly from?: string;
  readonly to?: string;
  readonly markdown?: true;
  readonly limit?: string;
}

const EXAMPLE = `
Examples:
  tidemill diff shop_orders                                    the newest package against the one before it
  tidemill diff shop_orders --from 2026-11-01T00:00:00Z        all that has changed since then
  tidemill diff shop_orders --from PACKAGE --to PACKAGE        between two packages, by their names
  tidemill diff shop_orders --json --show-values               every change, for a script
  tidemill diff shop_orders --markdown >> "$GITHUB_STEP_SUMMARY"

It reads the bucket alone, and makes both sides with today's code: a new column is no change.`;

/** Rows that are shown of a difference, if not said otherwise; with --json all are. */
const MOST_SHOWN = 50;

export const diffCommand: DefineCommand = (command, terminal) => {
  valuesOption(command('diff').argument('<job>', 'its id'))
    .description(
      'What has changed in the table of a job between two points in time: rows that came, went, and changed, with the columns before and after. Reads the raw data, asks no warehouse. Only looks.',
    )
    .option('--from <point>', 'a package or an instant; without it, the package before --to')
    .option('--to <point>', 'a package or an instant; without it, the newest package')
    .option('--markdown', 'print Markdown, as for the summary of a step')
    .option('--limit <number>', `how many rows are shown (default: ${MOST_SHOWN}, and all with --json)`)
    .addHelpText('after', EXAMPLE)
    .action(async (job: string, options: DiffOptions) => {
      if (options.json && options.markdown) throw bothForms();
      const session = await openSession(terminal, options);
      const counter = packageCounter(terminal);
      const values = valuesFor(terminal, options);
      const most = options.limit === undefined ? undefined : wholeNumber('--limit', options.limit);
      try {
        const request = { ...options, job, onPackage: (done: number) => counter.on(job, done) };
        const { found, shown } = await diff(session, request, (found, changes) => ({
          found,
          shown:
            values === 'hidden'
              ? []
              : firstOf(changes(), most ?? (options.json ? Number.MAX_SAFE_INTEGER : MOST_SHOWN)),
        }));
        counter.end();
        const document = values === 'hidden' ? found : { ...found, changes: shown };
        print(terminal, options, document, () => (options.markdown ? markdownOf : textOf)(found, shown));
      } finally {
        counter.end();
        await session.close();
      }
    });
};

const bothForms = (): TidemillError =>
  new TidemillError('config', 'diff-form', '--json and --markdown are two forms of one answer', {
    hint: 'Say one of the two.',
  });

function firstOf(changes: Iterable<Change>, most: number): Change[] {
  const first: Change[] = [];
  for (const change of changes) {
    if (first.length >= most) break;
    first.push(change);
  }
  return first;
}

function textOf(found: Difference, shown: readonly Change[]): string {
  const columns = changedColumnsText(found.totals);
  const left = shown.length === 0 ? 0 : rowsLeft(found, shown);
  const lines = [
    `${found.job} (${found.table}): ${changesText(found.totals) || 'nothing has changed'}`,
    ...pointLines(found),
    ...(columns === '' ? [] : [`columns that were changed: ${columns}`]),
    ...found.notes,
    ...(shown.length === 0 ? [] : ['', ...shown.map(lineOf)]),
    ...(left === 0 ? [] : [`and ${plural(left, 'row')} more: --limit shows more of them`]),
  ];
  return `${lines.join('\n')}\n`;
}

const pointLines = ({ from, to }: Difference): string[] =>
  to === undefined ? [] : [`from  ${pointText(from)}`, `to    ${pointText(to)}`];

const pointText = (point: Point | undefined): string =>
  point === undefined ? 'nothing' : `${point.finished_at.replace('T', ' ').slice(0, 19)} UTC, package ${point.package}`;

const rowsLeft = ({ totals }: Difference, shown: readonly Change[]): number => {
  const { columns: _, ...kinds } = totals;
  return Object.values(kinds).reduce((sum, rows) => sum + rows, 0) - shown.length;
};

const SIGNS = { inserted: '+', updated: '~', deleted: '−', moved: '→', split: '⇉' } as const;

/** `~ id a: total 2 → 3`. */
function lineOf({ change, key, to, before = {}, after = {} }: Change): string {
  const head = `${SIGNS[change]} ${valuesText(key)}`;
  if (to !== undefined) return `${head} is now ${to.map((one) => valuesText(one)).join(' and ')}`;
  if (change !== 'updated') return `${head}: ${valuesText({ ...before, ...after }, Object.keys(key))}`;
  const columns = Object.keys(before).map((name) => `${name} ${valueText(before[name])} → ${valueText(after[name])}`);
  return `${head}: ${columns.join(', ')}`;
}

const MOST_VALUE = 60;

const valueText = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return value === null || value === undefined ? 'NULL' : shortened(lineText(text), MOST_VALUE);
};

const valuesText = (values: Values, without: readonly string[] = []): string =>
  Object.entries(values)
    .filter(([name]) => !without.includes(name))
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ');

/** Bytes: a summary has room for 1 MiB, and others write there, too. */
const MOST_ROWS = 500_000;

function markdownOf(found: Difference, shown: readonly Change[]): string {
  const { inserted, updated, deleted, moved, split } = found.totals;
  const rows = shown.map((change) => {
    const [sign = '', ...rest] = lineOf(change).split(' ');
    return [sign, rest.join(' ')];
  });
  const left = shown.length === 0 ? 0 : rowsLeft(found, shown);
  return page([
    `### ${markdownText(found.job)}: ${markdownText(changesText(found.totals) || 'nothing has changed')}`,
    pointLines(found).map(markdownText).join('<br>\n'),
    boundedTable(
      ['inserted', 'updated', 'deleted', 'moved', 'split'],
      [[inserted, updated, deleted, moved, split].map(count)],
      MOST_ROWS,
    ),
    ...(Object.keys(found.totals.columns).length === 0
      ? []
      : [`Columns that were changed: ${markdownText(changedColumnsText(found.totals))}`]),
    ...found.notes.map(markdownText),
    boundedTable(['', 'row'], rows, MOST_ROWS),
    left === 0 ? '' : `And ${plural(left, 'row')} more.`,
  ]);
}
