/** What there is at the fake of GitHub. */
import type { Reply, SeenRequest } from './http-server.ts';

export type Permission =
  | 'issues'
  | 'actions'
  | 'metadata'
  | 'administration'
  | 'environments'
  | 'secrets'
  | 'variables';

export interface FakeGithubWorld {
  /** By number minus one. */
  readonly issues: FakeIssue[];
  readonly labels: Set<string>;
  /** By file name. */
  readonly workflows: Map<string, FakeWorkflow>;
  /** Newest first, all of the one workflow that anybody asks for. */
  readonly runs: FakeRun[];
  /** By name. */
  readonly environments: Map<string, FakeHolder>;
  /** What the repository itself holds. */
  readonly repository: FakeHolder;
  /** What its organization lends it; undefined for that of a person. */
  organization: FakeHolder | undefined;
  isPrivate: boolean;
  /** Whether a dispatch is answered with the run that it started; a server of one's own may not even know that it is asked for. */
  tellsRuns: 'yes' | 'no' | 'unheard of';
  /** Of the key that secrets are encrypted for now. */
  keyId: string;
  /** What becomes of a run that somebody started; told the inputs. */
  onDispatch: (inputs: Readonly<Record<string, string>>, id: number) => Partial<FakeRun>;
  /** What the token may; `write` includes `read`. */
  readonly permissions: Record<Permission, 'none' | 'read' | 'write'>;
  /** Whether the repository has issues at all. */
  hasIssues: boolean;
  /** GitHub's clock. */
  now: Date;
  /** Before anything else: an answer other than the usual one. */
  intercept: (request: SeenRequest, seen: number) => Reply | undefined;
}

/** Values by name, as workflows would see them. */
export interface FakeHolder {
  readonly secrets: Map<string, string>;
  readonly variables: Map<string, string>;
}

export const emptyHolder = (): FakeHolder => ({ secrets: new Map(), variables: new Map() });

export interface FakeIssue {
  number: number;
  title: string;
  body: string | null;
  labels: string[];
  state: 'open' | 'closed';
  state_reason: 'completed' | 'not_planned' | null;
  /** What everybody who follows it got by mail after it was opened. */
  comments: string[];
  /** An issue to this API, and none to people. */
  isPullRequest?: true;
}

export interface FakeWorkflow {
  state: 'active' | 'disabled_inactivity' | 'disabled_manually' | 'disabled_fork' | 'deleted';
  created_at: string;
  /** How often somebody enabled it. */
  enabled: number;
  /** Those that a run by hand takes. */
  inputs?: readonly string[];
}

export interface FakeRun {
  readonly id: number;
  readonly event: string;
  readonly status: 'queued' | 'waiting' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
  readonly created_at: string;
  /** Of the newest attempt. */
  readonly run_started_at: string;
  readonly jobs: readonly FakeJob[];
}

export interface FakeJob {
  readonly name: string;
  readonly conclusion: string | null;
  readonly steps: readonly { readonly name: string; readonly conclusion: string | null }[];
}
