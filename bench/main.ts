/**
 * Measures each budget against its limit, in one run. `npm run bench -- plan` runs the rows whose name holds `plan`; those that take
 * minutes are run only where they are asked for by name.
 */
import { textTable } from '../orchestrator/text/table.ts';
import { bronzeRow } from './bronze.ts';
import { bulkRows, hugeRow } from './bulk.ts';
import { installRow } from './install.ts';
import { lakeRows } from './lake.ts';
import { firstRequestRow, quietLegRows } from './leg.ts';
import { markRows } from './marks/main.ts';
import { busyness, type Row } from './measure.ts';
import { memoryRows } from './memory.ts';
import { mergeRow } from './merge.ts';
import { monthRow } from './month.ts';
import { nightRow } from './night.ts';
import { pageRow } from './page.ts';
import { catalogPlanRows, largePlanRows, smallPlanRow } from './plan.ts';
import { commitRows, remotePlanRows, requestsRow } from './state.ts';
import { vendorRows } from './vendor.ts';
import { wptRow } from './wpt.ts';

const suites: Readonly<Record<string, () => Promise<Row | Row[]>>> = {
  'plan-13': smallPlanRow,
  'plan-10000': largePlanRows,
  'plan-catalogs': catalogPlanRows,
  'plan-remote': remotePlanRows,
  month: monthRow,
  page: pageRow,
  requests: requestsRow,
  commit: commitRows,
  'quiet-leg': quietLegRows,
  'first-request': firstRequestRow,
  vendor: vendorRows,
  wpt: wptRow,
  night: nightRow,
  install: installRow,
  bronze: bronzeRow,
  merge: mergeRow,
  lake: lakeRows,
  bulk: bulkRows,
  marks: markRows,
  memory: memoryRows,
  huge: hugeRow,
};
const ON_DEMAND: ReadonlySet<string> = new Set(['huge']);

interface Judged extends Row {
  readonly verdict: 'met' | 'MISSED' | 'busy';
}

/** A miss on the clock of a busy machine is none yet, and no success either. */
const judged = (row: Row, isBusy: boolean): Judged => {
  const missed = isBusy && row.judgedBy !== 'work' ? 'busy' : 'MISSED';
  return { ...row, verdict: row.isMet ? 'met' : missed };
};

const wanted = process.argv.slice(2);
const rows: Judged[] = [];
for (const [name, measure] of Object.entries(suites)) {
  if (wanted.length === 0 ? ON_DEMAND.has(name) : !wanted.some((part) => name.includes(part))) continue;
  process.stderr.write(`measuring ${name} …\n`);
  const before = await busyness();
  const measured = [await measure()].flat();
  const isBusy = before.isBusy || (await busyness()).isBusy;
  rows.push(...measured.map((row) => judged(row, isBusy)));
}
const cells = rows.map(({ what, measured, limit, ratio, budget, verdict }) => {
  return [what, measured, limit, ratio, budget, verdict];
});
console.log(textTable(['what', 'measured', 'held against', 'ratio', 'budget', ''], cells));
const open = rows.filter(({ verdict }) => verdict === 'busy');
if (open.length > 0) {
  const told = `busy: ${(await busyness()).text}. What is over its budget on the clock of such a machine says nothing`;
  console.log(`\n${told}: measure it again, ${open.length} of ${rows.length} rows are open.`);
}
process.exitCode = rows.every(({ isMet }) => isMet) ? 0 : 1;
