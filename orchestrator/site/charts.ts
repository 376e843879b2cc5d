/** The charts, drawn here once: the page that shows them needs no library and no script. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { duration } from '../text/format.ts';
import { dayName } from './columns.ts';
import type { FreshnessWord } from './freshness.ts';
import { type Markup, trusted } from './html.ts';
import type { Overview, Total } from './overview.ts';

/** Of the drawing; the page scales it. Small, so that its texts stay readable on a phone. */
const WIDTH = 460;
const HEIGHT = 170;

const { document } = parseHTML('<!doctype html><html><body></body></html>');

const frame = { document, width: WIDTH, height: HEIGHT, marginLeft: 44, marginRight: 14 };

/** How the drawing is described to who does not see it. */
type Label = string;

function drawn(options: Plot.PlotOptions, label: Label): Markup {
  const svg = Plot.plot({ ...frame, ...options });
  // What it says is in the page's own style sheet, the only one that counts there.
  for (const style of svg.querySelectorAll('style')) style.remove();
  // Nobody is told of the parts of an image: what they are called says nothing.
  for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label);
  return trusted(svg.outerHTML);
}

const timeAxis = (totals: readonly Total[]): Plot.ScaleOptions => ({
  type: 'utc',
  domain: [new Date(totals[0]?.start ?? 0), new Date(totals.at(-1)?.end ?? 1)],
  ticks: 6,
  tickFormat: (date: Date) => (date.getUTCHours() === 0 ? dayName(date) : date.toISOString().slice(11, 16)),
  label: null,
});

const span = { x1: ({ start }: Total) => new Date(start), x2: ({ end }: Total) => new Date(end), inset: 0.5 };
const middle = ({ start, end }: Total): Date => new Date((start + end) / 2);

/** Runs by how they ended, one bar a column. What went wrong is hatched, and its number stands above. */
export function outcomesChart({ totals }: Overview, label: Label): Markup {
  const reds = totals.filter(({ red }) => red > 0);
  const isCrowded = reds.length > 20;
  const marks = [
    Plot.rectY(totals, { ...span, y2: 'done', fill: 'var(--done)' }),
    Plot.rectY(reds, { ...span, y1: 'done', y2: ({ done, red }: Total) => done + red, fill: 'var(--failed)' }),
    Plot.rectY(reds, { ...span, y1: 'done', y2: ({ done, red }: Total) => done + red, fill: 'url(#hatch)' }),
    ...(isCrowded
      ? []
      : [
          Plot.text(reds, {
            x: middle,
            y: ({ done, red }: Total) => done + red,
            text: ({ red }: Total) => `✗${red}`,
            dy: -7,
            fill: 'var(--failed-text)',
          }),
        ]),
    Plot.ruleY([0]),
  ];
  return drawn({ x: timeAxis(totals), y: countAxis(totals.map(({ done, red }) => done + red)), marks }, label);
}

export function recordsChart({ totals }: Overview, label: Label): Markup {
  const marks = [Plot.rectY(totals, { ...span, y2: 'records', fill: 'var(--accent)' }), Plot.ruleY([0])];
  return drawn({ x: timeAxis(totals), y: countAxis(totals.map(({ records }) => records)), marks }, label);
}

/** Whole numbers from 0, with room for what stands above the highest bar. */
function countAxis(values: readonly number[]): Plot.ScaleOptions {
  const most = Math.max(1, ...values);
  return { domain: [0, most * 1.12], ticks: Math.min(4, most), tickFormat: short, grid: true, label: null };
}

const short = (value: number): string => value.toLocaleString('en-US', { notation: 'compact' });

/** The usual run and the slow one, on a scale on which both can be seen. */
export function durationsChart({ totals }: Overview, label: Label): Markup {
  const timed = totals.filter(({ median }) => median !== undefined);
  const line = { x: middle, stroke: 'var(--accent)', strokeWidth: 1.5 };
  const dot = { x: middle, fill: 'var(--accent)', r: 2 };
  const most = Math.max(1, ...timed.map(({ slow = 0 }) => slow));
  const y = { type: 'sqrt', domain: [0, most], ticks: 4, tickFormat: seconds, grid: true, label: null } as const;
  const marks = [
    Plot.lineY(timed, { ...line, y: 'slow', strokeDasharray: '2 3' }),
    Plot.dot(timed, { ...dot, y: 'slow', symbol: 'square' }),
    Plot.lineY(timed, { ...line, y: 'median' }),
    Plot.dot(timed, { ...dot, y: 'median' }),
    Plot.ruleY([0]),
  ];
  return drawn({ x: timeAxis(totals), y, marks }, label);
}

const seconds = (value: number): string => duration(value).replace('.0 s', ' s');

/** Jobs that are farther behind stand together at the end of the axis. */
const FARTHEST = 6;

/** Jobs by how many of their own slots they are behind: up to date, due, and late ones hatched, with their number. */
export function freshnessChart({ rows }: Overview, label: Label): Markup {
  const slots = Array.from({ length: FARTHEST + 1 }, (_, behind) => behind);
  const bars = slots.map((behind) => {
    const jobs = (word: FreshnessWord): number =>
      rows.filter(({ freshness: own }) => own?.word === word && Math.min(own.behind ?? 0, FARTHEST) === behind).length;
    return {
      x: behind === FARTHEST ? `≥${behind}` : String(behind),
      fresh: jobs('fresh'),
      due: jobs('due'),
      late: jobs('late'),
    };
  });
  const calm = ({ fresh, due }: Bar): number => fresh + due;
  const top = ({ fresh, due, late }: Bar): number => fresh + due + late;
  const lates = bars.filter(({ late }) => late > 0);
  const marks = [
    Plot.barY(bars, { x: 'x', y2: 'fresh', fill: 'var(--done)' }),
    Plot.barY(bars, { x: 'x', y1: 'fresh', y2: calm, fill: 'var(--missed)' }),
    Plot.barY(lates, { x: 'x', y1: calm, y2: top, fill: 'var(--failed)' }),
    Plot.barY(lates, { x: 'x', y1: calm, y2: top, fill: 'url(#hatch)' }),
    Plot.text(lates, { x: 'x', y: top, text: ({ late }: Bar) => `✗${late}`, dy: -7, fill: 'var(--failed-text)' }),
    Plot.ruleY([0]),
  ];
  const x = { type: 'band', domain: bars.map((bar) => bar.x), label: null, padding: 0.2 } as const;
  return drawn({ x, y: countAxis(bars.map(top)), marks }, label);
}

interface Bar {
  readonly x: string;
  readonly fresh: number;
  readonly due: number;
  readonly late: number;
}
