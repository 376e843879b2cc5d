/** A plan that had work, of which no leg ran: its report sees it, and a watchdog from outside. Pure. */
import { UNSTARTED_HINT, WHY_UNSTARTED } from '../report/unstarted.ts';
import { instant } from '../text/format.ts';
import { markdownText } from '../text/table.ts';
import type { Finding } from './issue.ts';

/** What is known of it. */
export interface Unstarted {
  /** When the run began or was planned. */
  readonly at: string;
  readonly url: string | undefined;
}

const common = { subject: { watch: 'legs' }, title: 'A plan had work, and no leg ran' };

/** Newest last, at least one. */
export function unstartedFinding(failures: readonly Unstarted[]): Finding {
  const newest = failures.at(-1);
  const line = `The plan of ${instant(newest?.at ?? '')} had work, and no leg ran.`;
  const lines = [line, `${WHY_UNSTARTED}.`, `Who must act: you. ${UNSTARTED_HINT}`];
  const facts = `${lines.map((text) => `- ${markdownText(text)}`).join('\n')}${linkTo(newest?.url, '\n\n')}`;
  return {
    word: 'failing',
    ...common,
    line,
    code: 'plan-not-handed-on',
    failures: failures.map(({ at }) => at),
    facts,
  };
}

export function startedFinding({ at, url }: Unstarted): Finding {
  const line = `Legs of the plan of ${instant(at)} ran.`;
  return { word: 'well', ...common, line, at, facts: `${line}${linkTo(url, ' ')}` };
}

const linkTo = (url: string | undefined, before: string): string =>
  url === undefined ? '' : `${before}[The run](${url})`;
