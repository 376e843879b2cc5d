import { TidemillError } from '@tidemill/kit';
import { type Difference, diff, firstOf, lineOf, type Point } from '../app/diff.ts';
import { openSession } from '../app/session.ts';
import { changedColumnsText, changesText, diffLine, rowsIn } from '../report/changes.ts';
import type { Change } from '../run/changes/change.ts';
import { count, plural } from '../text/format.ts';
import { boundedTable, fenced, page } from '../text/markdown.ts';
import { markdownText } from '../text/table.ts';
import { type CommonOptions, type DefineCommand, print } from './command.ts';
import type { Terminal } from './host.ts';
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
      const most = options.limit === undefined ? undefined : wholeNumber('--limit', options.limit);
      try {
        const request = { ...options, job, onPackage: (done: number) => counter.on(job, done) };
        const { found, shown, values } = await diff(session, request, (found, changes) => {
          const values = valuesFor(terminal, options, found.isPublic);
          const limit = most ?? (options.json ? Number.MAX_SAFE_INTEGER : MOST_SHOWN);
          return { found, values, shown: values === 'hidden' ? [] : firstOf(changes(), limit) };
        });
        counter.end();
        const document = values === 'hidden' ? found : { ...found, changes: shown };
        const hint = values === 'shown' ? undefined : hintOf(terminal, found, session.environment.name);
        print(terminal, options, document, () => (options.markdown ? markdownOf : textOf)(found, shown, hint));
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

/** What shows rows that are not shown here. */
interface Hint {
  readonly text: string;
  readonly command?: string;
}

function hintOf(
  { actions }: Terminal,
  { job, from, to, totals, isPublic }: Difference,
  environment: string,
): Hint | undefined {
  if (rowsIn(totals) === 0) return undefined;
  if (actions === undefined || isPublic) return { text: 'each row, before and after: --show-values' };
  const points = { ...(from && { from: from.package }), ...(to && { to: to.package }) };
  const text = 'each row, before and after, is shown on your own machine:';
  return { text, command: diffLine(job, points, environment) };
}

function textOf(found: Difference, shown: readonly Change[], hint: Hint | undefined): string {
  const columns = changedColumnsText(found.totals);
  const left = shown.length === 0 ? 0 : rowsIn(found.totals) - shown.length;
  const lines = [
    `${found.job} (${found.table}): ${changesText(found.totals) || 'nothing has changed'}`,
    ...pointLines(found),
    ...(columns === '' ? [] : [`columns that were changed: ${columns}`]),
    ...found.notes,
    ...(hint === undefined ? [] : [[hint.text, hint.command ?? []].flat().join(' ')]),
    ...(shown.length === 0 ? [] : ['', ...shown.map(lineOf)]),
    ...(left === 0 ? [] : [`and ${plural(left, 'row')} more: --limit shows more of them`]),
  ];
  return `${lines.join('\n')}\n`;
}

const pointLines = ({ from, to }: Difference): string[] =>
  to === undefined ? [] : [`from  ${pointText(from)}`, `to    ${pointText(to)}`];

const pointText = (point: Point | undefined): string =>
  point === undefined ? 'nothing' : `${point.finished_at.replace('T', ' ').slice(0, 19)} UTC, package ${point.package}`;

/** Bytes: a summary has room for 1 MiB, and others write there, too. */
const MOST_ROWS = 500_000;

function markdownOf(found: Difference, shown: readonly Change[], hint: Hint | undefined): string {
  const { inserted, updated, deleted, moved, split } = found.totals;
  const rows = shown.map((change) => {
    const [sign = '', ...rest] = lineOf(change).split(' ');
    return [sign, rest.join(' ')];
  });
  const left = shown.length === 0 ? 0 : rowsIn(found.totals) - shown.length;
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
    hint === undefined ? '' : `E${hint.text.slice(1)}`,
    hint?.command === undefined ? '' : fenced([hint.command], 'sh'),
    boundedTable(['', 'row'], rows, MOST_ROWS),
    left === 0 ? '' : `And ${plural(left, 'row')} more.`,
  ]);
}
