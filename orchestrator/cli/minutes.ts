/** What the schedule costs a month at GitHub, for each way to make legs, and which to choose. Pure. */
import type { PlanAnswer } from '../app/plan.ts';
import type { Session } from '../app/session.ts';
import { count } from '../text/format.ts';
import { markdownTable } from '../text/table.ts';

type Month = NonNullable<PlanAnswer['month']>;
type Way = Session['config']['legs'];

/** https://docs.github.com/en/billing/concepts/product-billing/github-actions: those of GitHub Free, for private repositories. */
const FREE_MINUTES = 2000;

const WAYS = {
  per_job: 'one for each due job',
  packed: 'few, each with secrets of one service alone',
  single: 'one, with a process for each service',
} as const satisfies Readonly<Record<Way, string>>;

export function minutesText(month: Month, configured: Way): string {
  const { days, legs, total } = month;
  const rows = (Object.keys(WAYS) as Way[]).map((way) => {
    const name = `${way}${way === configured ? ' (as configured)' : ''}`;
    return [name, count(legs[way]), count(total[way]), WAYS[way]];
  });
  const table = markdownTable(['legs', 'minutes of legs', 'with plans and reports', 'machines'], rows);
  const title = `Minutes of the next ${days} days, estimated: ${count(total[configured])}`;
  return `\n<details><summary>${title}</summary>\n\n${table}\n\n${adviceText(month, configured)}\n\n</details>\n`;
}

/** The ids of the jobs in which a plan is made, by what the workflow was generated for. */
const SINGLE_JOB = 'single';
const PLAN_JOBS = [SINGLE_JOB, 'plan'];

/** Where the workflow that runs was generated for another way than the configuration asks for. `job` is the id of its job, if there is one. */
export function staleText(job: string | undefined, configured: Way): string {
  if (job === undefined || !PLAN_JOBS.includes(job) || (job === SINGLE_JOB) === (configured === 'single')) return '';
  const has = job === SINGLE_JOB ? 'runs everything on one machine' : 'has a machine for each leg';
  return `\n⚠️ The configuration says \`legs: ${configured}\`, and this workflow ${has}: run \`npm run generate\`, and commit what it writes.\n`;
}

function adviceText({ total, recommended }: Month, configured: Way): string {
  // Nobody changes anything for nothing.
  const way = configured !== 'single' && total[configured] === total[recommended] ? configured : recommended;
  const saved = total[way] - total.single;
  const saves = configured === 'single' ? '`legs: single`, as configured, saves' : '`legs: single` would save';
  const single = saved > 0 ? `${saves} ${count(saved)} of them, and keeps services less apart` : `${saves} none`;
  const within = total[way] > FREE_MINUTES && total.single <= FREE_MINUTES ? ', which only `single` keeps within' : '';
  return [
    `Recommended: \`legs: ${way}\` with ${count(total[way])} minutes, the fewest that keep services with secrets on machines of their own; ${single}.`,
    `GitHub’s free plan has ${count(FREE_MINUTES)} a month for private repositories${within}; public ones cost nothing.`,
    'A job that never ran counts as a thirtieth of its time limit.',
  ].join(' ');
}
