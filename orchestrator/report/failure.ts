/** A red job as Markdown: what happened, who must act, and the command that shows it on one's own machine. Pure. */

import { type JobResult, transformedWarehouse } from '../result/result.ts';
import { instant } from '../text/format.ts';
import { boundedList, type Cell, fenced, folded } from '../text/markdown.ts';
import { markdownText, shortened } from '../text/table.ts';
import { quarantineLine, rejectReasons } from './outcome.ts';

const MOST_FACTS_BYTES = 16_000;
const MOST_FACTS = 12;
const LAST_LINES = 12;

export function failureBlock(result: JobResult): string {
  const { job, slot, description = '', trace } = result;
  const title = `#### ${markdownText(job)}, ${markdownText(instant(slot))}`;
  return [
    title,
    markdownText(shortened(description, 300)),
    boundedList(factsOf(result).slice(0, MOST_FACTS), MOST_FACTS_BYTES),
    ...saidBlock(result),
    'To see it on your own machine:',
    fenced([reproduceCommand(result), ...(result.quarantine.length === 0 ? [] : [quarantineLine(result)])], 'sh'),
    folded('The last lines of its log', trace === undefined ? '' : fenced(trace.log.slice(-LAST_LINES), 'text')),
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

type Shown = Pick<JobResult, 'job' | 'slot' | 'environment'> & Partial<Pick<JobResult, 'failure' | 'gates'>>;

/** As a run by hand, which settles the slot where that is still owed. What is loaded is not read again for a gate. */
export function reproduceCommand({ job, slot, environment, failure, gates = [] }: Shown): string {
  const warehouse = transformedWarehouse(job);
  if (warehouse !== undefined) return `npx tidemill transform --environment ${environment} --warehouse ${warehouse}`;
  if (failure === undefined && gates.length > 0) return `npx tidemill status ${job} --environment ${environment}`;
  const at = slot.startsWith('manual-') ? '' : ` --slot ${slot}`;
  return `npx tidemill run ${job}${at} --environment ${environment}`;
}

/** What its program said before the last line, which stands in the message. */
function saidBlock({ trace }: JobResult): string[] {
  const before = trace?.said?.slice(0, -1) ?? [];
  return before.length === 0 ? [] : ['What its program said before:', fenced(before, 'text')];
}

function factsOf(result: JobResult): Cell[] {
  const { failure, gates, is_settled, outlook, log_url } = result;
  const then = outlook ?? (is_settled ? 'Its slot is given up.' : 'Its slot is still owed.');
  return [
    ...gates.map((gate) => `What was read is loaded, but a gate is not met: ${gate}`),
    ...(failure === undefined
      ? []
      : [`${failure.kind} ${failure.code}: ${failure.message}`, `Who must act: ${failure.who}`]),
    ...(failure?.hint === undefined ? [] : [{ text: failure.hint, url: helpIn(failure.hint, log_url) }]),
    ...(failure?.request === undefined ? [] : [`The request: ${requestText(failure.request)}`]),
    ...(failure === undefined ? [] : [then]),
    ...rejectedText(result),
  ];
}

/** Where no gate says it. */
function rejectedText({ rejects, gates, quarantine }: JobResult): string[] {
  const reasons = rejectReasons(rejects);
  return quarantine.length === 0 || gates.some((gate) => gate.includes(reasons)) ? [] : [`Rejected: ${reasons}`];
}

/** The address of a page of our own repository, where a hint ends with one: whatever else it names leads nowhere. */
function helpIn(hint: string, logUrl = ''): string | undefined {
  const [repository] = /^https?:\/\/[^/\s]+\/[\w.-]+\/[\w.-]+\/(?=actions\/)/.exec(logUrl) ?? [];
  const [url] = /https?:\/\/\S+$/.exec(hint) ?? [];
  return repository !== undefined && url?.startsWith(`${repository}blob/`) ? url : undefined;
}

type Request = NonNullable<NonNullable<JobResult['failure']>['request']>;

function requestText({ method, url, status, headers = {} }: Request): string {
  const said = Object.entries(headers).map(([name, value]) => `${name} ${value}`);
  return `${[`${method} ${url} → ${status ?? 'no answer'}`, ...said].join(', ')}`;
}
