/** Why a job stands where it stands: what its last run came to, or what the planner says. */
import { count, plural } from '../text/format.ts';
import { type Content, html, type Markup } from './html.ts';
import type { Row } from './overview.ts';
import type { Run } from './records.ts';
import { when, withTimes } from './times.ts';

/** What went wrong, and who must act. Of one that nobody has heard of again there is no more to tell. */
export function causeOf({ ending, failure, gate = '', slot }: Run): {
  readonly code: string;
  readonly message: string;
  readonly who: string;
} {
  if (failure !== undefined) return failure;
  if (ending === 'gate') return { code: 'gate-not-met', message: gate, who: 'you: what was read is loaded' };
  const next = slot.startsWith('manual-') ? 'a run by hand is not tried again' : 'its slot is owed again';
  return { code: 'lost', message: 'its leg ended without a report', who: `nobody yet: ${next}` };
}

export const causeText = (run: Run): Content => {
  const { code, message } = causeOf(run);
  return html`<span class="late">✗</span> <code>${code}</code>${message === '' ? '' : `: ${message}`}`;
};

/** To where more is told of it, where that is. */
export function linksOf(run: Run, issue: string | undefined): Markup {
  const links = [
    // At home nobody keeps issues.
    [run.logUrl === undefined && run.ending !== 'lost' ? undefined : issue, 'issue'],
    [run.logUrl, 'log'],
  ].flatMap(([url, name]) => (url === undefined ? [] : [html` <a href="${url}" rel="noreferrer">${name}</a>`]));
  return html`${links}`;
}

/** For crawls of its source, whether it is time to ask again or not. */
export const isWaiting = ({ decision }: Pick<Row, 'decision'>): boolean =>
  decision?.decision === 'waiting' || decision?.decision === 'resume';

export function reasonOf(row: Row, issue: string | undefined): Content {
  const { trouble, freshness, decision, held, last } = row;
  // Of a run that waits it says since when, and for how long at most, whatever became of the one before it.
  const waits = isWaiting(row) ? withTimes(decision?.reason ?? '') : undefined;
  // Nobody tries it again, whatever became of the last run.
  const now = decision?.decision === 'unit_gone' ? withTimes(decision.reason) : waits;
  if (trouble !== undefined) {
    return html`${causeText(trouble)} <small>${when(new Date(trouble.startedAt))}, who must act: ${causeOf(trouble).who}${linksOf(trouble, issue)}</small>${now === undefined ? '' : html` <small>Now ${now}</small>`}`;
  }
  if (now !== undefined) return now;
  const said = held?.reason ?? decision?.reason ?? '';
  const word = freshness?.word;
  switch (word) {
    case undefined:
      return lastText(last);
    case 'fresh':
    case 'by_hand':
      return held === undefined ? lastText(last) : [withTimes(held.reason)];
    case 'due':
    case 'late':
      return held === undefined && decision?.decision === 'run'
        ? ['no plan has run it yet; ', withTimes(said)]
        : withTimes(said);
    case 'new':
    case 'resting':
      return withTimes(said);
    default:
      return word satisfies never;
  }
}

function lastText(last: Run | undefined): Content {
  if (last === undefined) return '';
  const what = last.records === 0 ? 'no news' : plural(last.records, 'record');
  const older = last.superseded === undefined ? '' : `, in the place of ${count(last.superseded)} older`;
  return html`${when(new Date(last.startedAt))}: ${what}${older}`;
}
