/** Opens, updates and closes issues by what was found. */
import type { IssueBoard, Label, OpenIssue } from '@tidemill/github';
import { asTidemillError, type TidemillError } from '@tidemill/kit';
import {
  closingComment,
  type Finding,
  issueBody,
  type Memory,
  memoryIn,
  newsComment,
  nextStep,
  type Step,
  subjectKey,
} from '../alerts/issue.ts';

export const LABEL: Label = {
  name: 'tidemill',
  color: '1d76db',
  description: 'Kept by Tidemill: a job that fails, or a schedule that stands still',
};

/** More at once have one cause, and GitHub slows down whoever makes more. */
const MOST_NEW = 20;

export interface Kept {
  /** Keys of the subjects that had an issue, before or by another report: people know of them. */
  readonly known: Set<string>;
  /** What began to fail, and what is well again. */
  readonly opened: Finding[];
  readonly closed: Finding[];
  /** Failing, and without an issue because there are too many. */
  readonly unopened: Finding[];
  /** What GitHub refused. */
  readonly faults: TidemillError[];
}

interface Known {
  readonly issue: OpenIssue;
  readonly memory: Memory;
}

/** Never throws. An answer that is about one issue does not keep the others; what all of them would get ends the work. */
export async function keepIssues(board: IssueBoard, findings: readonly Finding[]): Promise<Kept> {
  const kept: Kept = { known: new Set(), opened: [], closed: [], unopened: [], faults: [] };
  try {
    const known = await knownIssues(board);
    for (const key of known.keys()) kept.known.add(key);
    for (const finding of findings) {
      const fault = await keepIssue(board, finding, known.get(subjectKey(finding.subject)), kept).catch(
        asTidemillError,
      );
      if (fault !== undefined) kept.faults.push(fault);
      const isOpen = known.has(subjectKey(finding.subject));
      if (fault !== undefined && !isAboutOne(fault, isOpen)) break;
    }
  } catch (thrown) {
    kept.faults.push(asTidemillError(thrown));
  }
  return kept;
}

/** A locked or deleted issue refuses what any other would take. */
const isAboutOne = ({ kind, code }: TidemillError, isOpen: boolean): boolean =>
  kind === 'source-changed' || (isOpen && (code === 'github-permission' || code === 'github-switched-off'));

async function keepIssue(board: IssueBoard, finding: Finding, known: Known | undefined, kept: Kept): Promise<void> {
  const step = nextStep(finding, known?.memory);
  if (step.to === 'open') return openIssue(board, finding, step.memory, kept);
  if (known !== undefined) await changeIssue(board, finding, { ...known, step }, kept);
}

async function openIssue(board: IssueBoard, finding: Finding, memory: Memory, kept: Kept): Promise<void> {
  if (kept.opened.length >= MOST_NEW) return void kept.unopened.push(finding);
  const { number } = await board.create({ title: finding.title, body: issueBody(memory, finding.facts) });
  // Another report may have done the same at the same time: the lowest number stays, and whoever was later adds to it.
  const key = subjectKey(finding.subject);
  const first = (await knownIssues(board)).get(key);
  if (first === undefined || first.issue.number >= number) return void kept.opened.push(finding);
  kept.known.add(key);
  await keepIssue(board, finding, first, kept);
}

interface Change extends Known {
  readonly step: Exclude<Step, { to: 'open' }>;
}

async function changeIssue(
  board: IssueBoard,
  finding: Finding,
  { issue, memory, step }: Change,
  kept: Kept,
): Promise<void> {
  const { title, facts } = finding;
  switch (step.to) {
    case 'leave':
      return;
    case 'update':
      // The comment first: when it fails, the next report sees the same news again.
      if (step.news === 'yes') await board.comment(issue.number, newsComment(memory, facts));
      return board.edit(issue.number, { title, body: issueBody(step.memory, facts) });
    case 'close':
      await board.comment(issue.number, closingComment(memory, facts));
      await board.close(issue.number, 'completed');
      return void kept.closed.push(finding);
    default:
      return step satisfies never;
  }
}

/** By subject, the oldest of each; the younger ones are closed. */
async function knownIssues(board: IssueBoard): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  for (const issue of await board.open()) {
    const memory = memoryIn(issue.body);
    if (memory === undefined) continue;
    const key = subjectKey(memory.subject);
    const first = known.get(key);
    if (first === undefined) known.set(key, { issue, memory });
    else await closeDuplicate(board, issue, first.issue);
  }
  return known;
}

async function closeDuplicate(board: IssueBoard, { number }: OpenIssue, first: OpenIssue): Promise<void> {
  await board.comment(number, `Duplicate of #${first.number}`);
  await board.close(number, 'not_planned');
}
