/** What the list of jobs and the map of their history have in common: a group for each service, and a legend. */
import { plural } from '../text/format.ts';
import { type Content, html, type Markup } from './html.ts';
import type { Row } from './overview.ts';

/** With more jobs than this, only the groups that need attention are open. */
const MOST_OPEN = 40;

/** Where a job stands in the page: names may be anything. */
export const anchor = (index: number): string => `job-${index + 1}`;

export interface Group {
  readonly service: string;
  /** Each with its place among all. */
  readonly own: readonly (readonly [Row, number])[];
  readonly isOpen: boolean;
}

/** Those that need attention come first. */
export function groupsOf(rows: readonly Row[]): Group[] {
  const places = rows.map((row, index) => [row, index] as const);
  const groups = [...Map.groupBy(places, ([{ service }]) => service || 'no longer known')];
  const isNeedy = ([{ needsAttention }]: readonly [Row, number]): boolean => needsAttention;
  return groups
    .map(([service, own]) => ({ service, own: firstThose(own, isNeedy), isNeedy: own.some(isNeedy) }))
    .sort((a, b) => Number(b.isNeedy) - Number(a.isNeedy))
    .map(({ service, own, isNeedy: isOpen }) => ({ service, own, isOpen: isOpen || rows.length <= MOST_OPEN }));
}

const firstThose = <T>(list: readonly T[], are: (one: T) => boolean): T[] => [
  ...list.filter(are),
  ...list.filter((one) => !are(one)),
];

export function needyText(own: Group['own']): Markup {
  const needy = own.filter(([{ needsAttention }]) => needsAttention).length;
  const jobs = html`<span>${plural(own.length, 'job')}</span>`;
  return needy === 0 ? jobs : html`${jobs} <span class="late">✗ ${needy} to look at</span>`;
}

export const legend = (label: string, marks: readonly (readonly [Content, string])[], more: Content = ''): Markup =>
  html`<ul class="legend" aria-label="${label}">${marks.map(([mark, says]) => html`<li>${mark} ${says}</li>`)}${more}</ul>`;
