/** Issues of a repository that carry one label: what a program keeps for people to read. */
import { type GithubAccess, otherAnswer } from './api.ts';
import { openPatiently, type Patience } from './patient.ts';

export interface OpenIssue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  /** For people. */
  readonly url: string;
}

export interface IssueText {
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/** Every method throws TidemillErrors: kind `auth`, `config` (issues are switched off), `quota`, `transient`. */
export interface IssueBoard {
  /** All open issues with the label, lowest number first. */
  open(): Promise<OpenIssue[]>;
  create(text: IssueText): Promise<OpenIssue>;
  /** Tells nobody: GitHub sends no mail for it. */
  edit(number: number, text: IssueText): Promise<void>;
  /** Everybody who follows the issue gets a mail. */
  comment(number: number, markdown: string): Promise<void>;
  close(number: number, reason: 'completed' | 'not_planned'): Promise<void>;
}

export interface Label {
  readonly name: string;
  /** Six hexadecimal digits. */
  readonly color: string;
  readonly description: string;
}

const PERMISSION = 'read and write issues: "issues: write" in the permissions of a job';

/** Asks nothing yet. https://docs.github.com/en/rest/issues/issues */
export function openIssueBoard(access: GithubAccess, label: Label, patience: Patience): IssueBoard {
  const { octokit, owner, repo } = openPatiently(access, patience, { permission: PERMISSION });
  const { issues } = octokit.rest;
  const where = { owner, repo };
  let labelled: Promise<void> | undefined;
  return {
    async open() {
      const found = await octokit.paginate(issues.listForRepo, {
        ...where,
        labels: label.name,
        state: 'open',
        per_page: 100,
      });
      // To this part of the API, pull requests are issues too.
      return found
        .filter((issue) => issue.pull_request === undefined)
        .map(issueOf)
        .sort((a, b) => a.number - b.number);
    },
    async create(text) {
      labelled ??= made(issues.createLabel({ ...where, ...label }));
      await labelled;
      return issueOf((await issues.create({ ...where, ...text, labels: [label.name] })).data);
    },
    async edit(issue_number, text) {
      await issues.update({ ...where, issue_number, ...text });
    },
    async comment(issue_number, body) {
      await issues.createComment({ ...where, issue_number, body });
    },
    async close(issue_number, state_reason) {
      await issues.update({ ...where, issue_number, state: 'closed', state_reason });
    },
  };
}

/** GitHub refuses to make a label that is there (422): then there is nothing to do. */
async function made(label: Promise<unknown>): Promise<void> {
  await label.catch((error: { code?: unknown }) => {
    if (error.code !== 'github-answer') throw error;
  });
}

/** Throws kind `source-changed` for what is no issue: who took it for "none there" would open one more every hour. */
function issueOf(issue: ApiIssue): OpenIssue {
  const { number, title, body, html_url: url } = issue;
  if (typeof number === 'number' && typeof title === 'string') return { number, title, body: body ?? '', url };
  throw otherAnswer('an issue');
}

/** As GitHub promises it; what it sends is looked at. */
interface ApiIssue {
  readonly number: number;
  readonly title: string;
  readonly body?: string | null | undefined;
  readonly html_url: string;
}
