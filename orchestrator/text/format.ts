/** Numbers and times as people read them. Pure. */

/** 1234567 → `1,234,567`; of whole numbers. Not by `toLocaleString`: the first one costs a process 15 ms. */
export const count = (value: number): string => String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');

/** Bytes in decimal units with one decimal: `1.2 MB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), units.length - 1);
  return power === 0 ? `${value} B` : `${(value / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** Seconds as `3.2 s`, `4 min`, `2 h 05 min` or `3 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `2026-11-21T06:00:00.000Z` → `2026-11-21 06:00 UTC`; a manual slot is `by hand`. */
export function instant(iso: string): string {
  return /^\d{4}-/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : 'by hand';
}

/** `1 job`, `2 jobs`. */
export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** How late a slot ran; runs within a minute are on time. */
export const lateness = (seconds: number): string => (seconds < 60 ? 'on time' : `${duration(seconds)} late`);

/** The command that reads the span; the instants as ISO texts. */
export const backfillCommand = (
  job: string,
  { from, to }: { readonly from: string; readonly to: string },
  environment: string,
): string => `npx tidemill backfill ${job} --from ${short(from)} --to ${short(to)}${inEnvironment(environment)}`;

/** What a command needs to be about the environment; not said where it is the one that is meant without. */
export const inEnvironment = (name: string): string => (name === 'local' ? '' : ` --environment ${name}`);

/** `2026-11-21T06:00:00.000Z` → `2026-11-21T06:00:00Z`. */
const short = (iso: string): string => iso.replace('.000Z', 'Z');

/**
 * A paragraph as lines of at most so many letters, unless a word is longer; those behind the first are indented. What stands in `…` or
 * {{…}} is one word, to be copied.
 */
export function wrapped(text: string, width: number, indent: number): string[] {
  const lines: string[] = [];
  for (const word of text.match(/(?:`[^`]*`|\{\{.*?\}\}|\S)+/g) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `${' '.repeat(indent)}${word}`);
  }
  return lines;
}
