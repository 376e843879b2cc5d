export type { GithubAccess } from './api.ts';
export { type IssueBoard, type IssueText, type Label, type OpenIssue, openIssueBoard } from './issues.ts';
export type { Patience } from './patient.ts';
export { type EnvironmentSecrets, openEnvironmentSecrets, type SecretsPlace } from './secrets.ts';
export { type KnownNames, openSettings, type RepositorySettings } from './settings.ts';
export {
  type Dispatched,
  openWorkflows,
  type RunJob,
  type RunState,
  type WorkflowRun,
  type Workflows,
} from './workflows.ts';
