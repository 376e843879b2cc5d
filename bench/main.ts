/**
 * Measures each budget against its limit, in one run. `npm run bench -- plan` runs the rows whose name holds `plan`; those that take
 * minutes are run only where they are asked for by name.
 */
import { textTable } from '../orchestrator/text/table.ts';
import { bronzeRow } from './bronze.ts';
import { bulkRows, hugeRow } from './bulk.ts';
import { installRow } from './install.ts';
import { lakeRows } from './lake.ts';
import { firstRequestRow } from './leg.ts';
import { markRows } from './marks/main.ts';
import type { Row } from './measure.ts';
import { memoryRows } from './memory.ts';
import { mergeRow } from './merge.ts';
import { monthRow } from './month.ts';
import { largePlanRows, smallPlanRow } from './plan.ts';
import { commitRows, remotePlanRows } from './state.ts';
import { vendorRows } from './vendor.ts';

const suites: Readonly<Record<string, () => Promise<Row | Row[]>>> = {
  'plan-13': smallPlanRow,
  'plan-10000': largePlanRows,
  'plan-remote': remotePlanRows,
  month: monthRow,
  commit: commitRows,
  'first-request': firstRequestRow,
  vendor: vendorRows,
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

const wanted = process.argv.slice(2);
const rows: Row[] = [];
for (const [name, measure] of Object.entries(suites)) {
  if (wanted.length === 0 ? ON_DEMAND.has(name) : !wanted.some((part) => name.includes(part))) continue;
  process.stderr.write(`measuring ${name} …\n`);
  rows.push(...[await measure()].flat());
}
const cells = rows.map(({ what, measured, limit, ratio, budget, isMet }) => {
  return [what, measured, limit, ratio, budget, isMet ? 'met' : 'MISSED'];
});
console.log(textTable(['what', 'measured', 'held against', 'ratio', 'budget', ''], cells));
process.exitCode = rows.every(({ isMet }) => isMet) ? 0 : 1;
