/** `tidemill replay --dry-run`: what a replay would change. */
import { dryRuns, type JobDryRun } from '../app/dry-run.ts';
import { openSession } from '../app/session.ts';
import { count, plural } from '../text/format.ts';
import { markdownTable, markdownText, textTable } from '../text/table.ts';
import { type CommonOptions, print } from './command.ts';
import { addSummary } from './github.ts';
import type { Terminal } from './host.ts';
import { exampleText, packageCounter, type ValueOptions, valuesFor } from './values.ts';

interface DryRunOptions extends CommonOptions, ValueOptions {
  readonly from?: string;
  readonly quarantined?: true;
  readonly warehouse?: string;
}

export async function dryRunReplay(terminal: Terminal, jobs: readonly string[], options: DryRunOptions): Promise<void> {
  const session = await openSession(terminal, options);
  const counter = packageCounter(terminal);
  try {
    const values = valuesFor(terminal, options);
    const found = await dryRuns(session, { ...options, jobs, values, onPackage: counter.on });
    counter.end();
    print(terminal, options, { dry_run: found }, () => found.map(textOf).join('\n'));
    await addSummary(terminal, summaryOf(found));
  } finally {
    counter.end();
    await session.close();
  }
}

const FATES = {
  added: 'would be added',
  changed: 'would change',
  removed: 'would be removed',
  kept: 'would stay: not made any more',
} as const;

const fatesOf = (one: JobDryRun) =>
  (['added', 'changed', 'removed', 'kept'] as const)
    .map((fate) => ({ ...one[fate], says: FATES[fate] }))
    .filter(({ rows }) => rows > 0);

function textOf(one: JobDryRun): string {
  const { job, warehouse, silver, bronze, columns, records, rejected, missing, retyped } = one;
  const fates = fatesOf(one);
  const head = `${job} into ${warehouse}: ${plural(silver.rows, 'row')} there, ${count(bronze.rows)} from ${plural(records, 'record')}`;
  const changed = columns.map(({ name, rows }) => [name, count(rows)]);
  return [
    `${head}${rejected === 0 ? '' : `, ${count(rejected)} of them rejected`}`,
    ...(fates.length === 0 ? ['nothing would change'] : []),
    ...fates.flatMap(({ rows, says, places, examples }) => [
      `${plural(rows, 'row')} ${says}`,
      ...places.map(({ object, line }) => `  line ${line} of ${object}`),
      ...examples.map((example) => `  ${exampleText(example)}`),
    ]),
    ...(changed.length === 0 ? [] : ['', textTable(['column', 'rows that change'], changed)]),
    ...(missing === undefined ? [] : [`nothing before ${missing}, which is gone, can be loaded`]),
    ...retyped,
    '',
  ].join('\n');
}

/** Numbers and names of columns; no value of a row ever. Warehouses are named where there are several. */
function summaryOf(found: readonly JobDryRun[]): string {
  const isOne = new Set(found.map(({ warehouse }) => warehouse)).size < 2;
  const rows = found.map((one) => [
    markdownText(isOne ? one.job : `${one.job} into ${one.warehouse}`),
    ...[one.silver, one.added, one.changed, one.removed, one.kept].map(({ rows }) => count(rows)),
    one.columns.map(({ name, rows }) => `${markdownText(name)} (${count(rows)})`).join(', '),
    count(one.rejected),
  ]);
  const head = ['job', 'rows now', 'added', 'changed', 'removed', 'stay', 'columns that change', 'records rejected'];
  const refused = found.flatMap((one) =>
    one.retyped.map((what) => `- ${markdownText(`${one.job} into ${one.warehouse}: ${what}`)}\n`),
  );
  const below = refused.length === 0 ? '' : `\n${refused.join('')}`;
  return `### What a replay would change\n\n${markdownTable(head, rows)}\n${below}`;
}
