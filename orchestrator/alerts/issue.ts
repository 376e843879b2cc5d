/**
 * One issue for one thing that does not work. What is known of it stands in a hidden comment of the issue's text, so
 * that the next report goes on from there. Pure.
 */
import { z } from 'zod';
import { instant, plural } from '../text/format.ts';
import { markdownText } from '../text/table.ts';

/** What an issue is about: names and values, such as `{ job, environment }`. */
export type Subject = Readonly<Record<string, string>>;

/** What was found of a subject since somebody last looked. */
export type Finding = Failing | Well;

export interface Failing {
  readonly word: 'failing';
  readonly subject: Subject;
  readonly title: string;
  /** What happened, in one line of plain text. */
  readonly line: string;
  /** Of the newest failure. */
  readonly code: string;
  /** When it failed; the newest last, at least one. */
  readonly failures: readonly string[];
  /** What happened and who must act, as Markdown. */
  readonly facts: string;
}

export interface Well {
  readonly word: 'well';
  readonly subject: Subject;
  readonly title: string;
  readonly line: string;
  /** When that was. */
  readonly at: string;
  /** Where to see it, as Markdown. */
  readonly facts: string;
}

const Memory = z.object({
  subject: z.record(z.string(), z.string()),
  since: z.iso.datetime(),
  count: z.int().min(1),
  code: z.string(),
  /** The newest failure that is counted. */
  last: z.iso.datetime(),
});

/** What an issue knows of its subject. */
export type Memory = z.infer<typeof Memory>;

/** What to do with a subject's issue. */
export type Step =
  | { readonly to: 'open'; readonly memory: Memory }
  /** `news`: the failure is another one than before. */
  | { readonly to: 'update'; readonly memory: Memory; readonly news: 'yes' | 'no' }
  | { readonly to: 'close' }
  | { readonly to: 'leave' };

/** A report that comes late or twice changes nothing: only what is newer than the issue counts. */
export function nextStep(finding: Finding, known: Memory | undefined): Step {
  if (finding.word === 'well')
    return known !== undefined && finding.at > known.last ? { to: 'close' } : { to: 'leave' };
  const { subject, code } = finding;
  const failures = finding.failures.filter((at) => known === undefined || at > known.last);
  const [first] = failures;
  const last = failures.at(-1);
  if (first === undefined || last === undefined) return { to: 'leave' };
  const { since = first, count = 0 } = known ?? {};
  const memory = { subject, since, count: count + failures.length, code, last };
  if (known === undefined) return { to: 'open', memory };
  return { to: 'update', memory, news: known.code === code ? 'no' : 'yes' };
}

/** Equal for equal subjects. */
export const subjectKey = (subject: Subject): string => JSON.stringify(Object.entries(subject).sort());

const MARKER = /<!-- tidemill (\{.*?\}) -->/s;

/** Undefined for an issue that is not ours, or that somebody has changed beyond recognition. */
export function memoryIn(body: string): Memory | undefined {
  try {
    return Memory.parse(JSON.parse(MARKER.exec(body)?.[1] ?? ''));
  } catch {
    return undefined;
  }
}

/** Without a `>`, nothing in it can end the comment. */
const marker = (memory: Memory): string => `<!-- tidemill ${JSON.stringify(memory).replaceAll('>', '\\u003e')} -->`;

/** The text of the issue: since when and how often, the newest failure, and the hidden comment. */
export function issueBody(memory: Memory, facts: string): string {
  return `**${sinceWhen(memory)}** The newest, at ${instant(memory.last)}:

${facts}

---
Tidemill keeps this text up to date, and closes the issue when all is well again.
${marker(memory)}
`;
}

const sinceWhen = ({ since, count }: Memory): string =>
  `Failing since ${instant(since)}, ${plural(count, 'failure')} so far.`;

/** When a failure is another one than before. */
export const newsComment = (before: Memory, facts: string): string =>
  `It fails in another way now; until then it was ${markdownText(before.code)}.\n\n${facts}\n`;

export const closingComment = (memory: Memory, facts: string): string =>
  `Well again, after ${plural(memory.count, 'failure')} since ${instant(memory.since)}. ${facts}\n`;
