/**
 * The parts of GitHub's REST API that deal with issues, workflow runs and settings: issues, labels, comments, workflows, runs and
 * jobs, environments, secrets and variables. Strict where GitHub is lenient: a parameter or a field that it would ignore gets 501, a label that is not there 422.
 */
import { onTestFinished } from 'vitest';
import { type Call, REPOSITORY, refusal } from './github-api-answers.ts';
import { createIssue, listIssues, makeComment, makeLabel, updateIssue } from './github-api-issues.ts';
import { type SettingsAnswers, settingsAnswers } from './github-api-settings.ts';
import {
  dispatch,
  enableWorkflow,
  getRun,
  getWorkflow,
  listJobs,
  listRuns,
  listWorkflows,
} from './github-api-workflows.ts';
import { emptyHolder, type FakeGithubWorld, type Permission } from './github-api-world.ts';
import { type Reply, type SeenRequest, startFakeHttp } from './http-server.ts';

export { primaryLimit, REPOSITORY, REPOSITORY_ID, refusal, secondaryLimit } from './github-api-answers.ts';
export type { FakeJob, FakeRun } from './github-api-world.ts';

export const TOKEN = 'ghs_token_of_the_run_4711';

export interface FakeGithub extends FakeGithubWorld {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** `METHOD /path` of every request, without the repository. */
  asked(): string[];
  /** Every request that nobody expected. */
  readonly unexpected: string[];
}

export interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly needs: readonly [Permission, 'read' | 'write'];
  readonly query?: readonly string[];
  readonly fields?: readonly string[];
  readonly answer: (call: Call) => Reply;
}

const PAGE = ['per_page', 'page'];
const ISSUES = { needs: ['issues', 'read'] } as const;
const WRITE = { needs: ['issues', 'write'] } as const;

const routes: readonly Route[] = [
  { method: 'GET', path: /^\/issues$/, ...ISSUES, query: ['labels', 'state', ...PAGE], answer: listIssues },
  { method: 'POST', path: /^\/issues$/, ...WRITE, fields: ['title', 'body', 'labels'], answer: createIssue },
  {
    method: 'PATCH',
    path: /^\/issues\/(\d+)$/,
    ...WRITE,
    fields: ['title', 'body', 'state', 'state_reason'],
    answer: updateIssue,
  },
  { method: 'POST', path: /^\/issues\/(\d+)\/comments$/, ...WRITE, fields: ['body'], answer: makeComment },
  { method: 'POST', path: /^\/labels$/, ...WRITE, fields: ['name', 'color', 'description'], answer: makeLabel },
  { method: 'GET', path: /^\/actions\/workflows\/([\w.-]+)$/, needs: ['actions', 'read'], answer: getWorkflow },
  {
    method: 'PUT',
    path: /^\/actions\/workflows\/([\w.-]+)\/enable$/,
    needs: ['actions', 'write'],
    answer: enableWorkflow,
  },
  {
    method: 'GET',
    path: /^\/actions\/workflows\/([\w.-]+)\/runs$/,
    needs: ['actions', 'read'],
    query: ['created', ...PAGE],
    answer: listRuns,
  },
  { method: 'GET', path: /^\/actions\/runs\/(\d+)\/jobs$/, needs: ['actions', 'read'], query: PAGE, answer: listJobs },
  { method: 'GET', path: /^\/actions\/runs\/(\d+)$/, needs: ['actions', 'read'], answer: getRun },
  { method: 'GET', path: /^\/actions\/workflows$/, needs: ['actions', 'read'], query: PAGE, answer: listWorkflows },
  {
    method: 'POST',
    path: /^\/actions\/workflows\/([\w.-]+)\/dispatches$/,
    needs: ['actions', 'write'],
    fields: ['ref', 'inputs', 'return_run_details'],
    answer: dispatch,
  },
];

const ENVIRONMENT = '/environments/([\\w-]+)';

function settingsRoutes(answers: SettingsAnswers): Route[] {
  const list = { method: 'GET', query: PAGE } as const;
  const [secrets, variables, environments] = (['secrets', 'variables', 'environments'] as const).map((permission) => ({
    needs: [permission, 'read'] as const,
    write: { needs: [permission, 'write'] as const },
  }));
  if (secrets === undefined || variables === undefined || environments === undefined) throw new Error('no permissions');
  const at = (path: string): { path: RegExp } => ({ path: new RegExp(`^${path}$`) });
  const value = { fields: ['name', 'value'] };
  return [
    { method: 'GET', path: /^$/, needs: ['metadata', 'read'], answer: answers.repository },
    { ...list, ...at('/environments'), needs: ['actions', 'read'], answer: answers.environments },
    { method: 'PUT', ...at(ENVIRONMENT), needs: ['administration', 'write'], answer: answers.makeEnvironment },
    { ...list, ...at(`${ENVIRONMENT}/(secrets)`), needs: environments.needs, answer: answers.listOfEnvironment },
    { ...list, ...at(`${ENVIRONMENT}/(variables)`), needs: environments.needs, answer: answers.listOfEnvironment },
    { ...list, ...at('/actions/(secrets)'), needs: secrets.needs, answer: answers.listOfRepository },
    { ...list, ...at('/actions/(variables)'), needs: variables.needs, answer: answers.listOfRepository },
    { ...list, ...at('/actions/organization-(secrets)'), needs: secrets.needs, answer: answers.listOfOrganization },
    { ...list, ...at('/actions/organization-(variables)'), needs: variables.needs, answer: answers.listOfOrganization },
    {
      method: 'GET',
      ...at(`${ENVIRONMENT}/secrets/public-key`),
      needs: environments.needs,
      answer: answers.publicKey,
    },
    { method: 'GET', ...at(`${ENVIRONMENT}/secrets/(\\w+)`), needs: environments.needs, answer: answers.getSecret },
    {
      method: 'PUT',
      ...at(`${ENVIRONMENT}/secrets/(\\w+)`),
      ...environments.write,
      fields: ['encrypted_value', 'key_id'],
      answer: answers.putSecret,
    },
    {
      method: 'DELETE',
      ...at(`${ENVIRONMENT}/secrets/(\\w+)`),
      ...environments.write,
      answer: answers.deleteSecret,
    },
    {
      method: 'POST',
      ...at(`${ENVIRONMENT}/variables`),
      ...environments.write,
      ...value,
      answer: answers.makeEnvironmentVariable,
    },
    {
      method: 'PATCH',
      ...at(`${ENVIRONMENT}/variables/(\\w+)`),
      ...environments.write,
      fields: ['value'],
      answer: answers.changeEnvironmentVariable,
    },
    { method: 'POST', ...at('/actions/variables'), ...variables.write, ...value, answer: answers.makeVariable },
    {
      method: 'PATCH',
      ...at('/actions/variables/(\\w+)'),
      ...variables.write,
      fields: ['value'],
      answer: answers.changeVariable,
    },
  ];
}

export async function fakeGithubApi(): Promise<FakeGithub> {
  const server = await startFakeHttp();
  const unexpected: string[] = [];
  const all = [...routes, ...settingsRoutes(await settingsAnswers())];
  const world: FakeGithubWorld = {
    issues: [],
    labels: new Set(),
    workflows: new Map(),
    runs: [],
    environments: new Map(),
    repository: emptyHolder(),
    organization: undefined,
    isPrivate: false,
    tellsRuns: 'yes',
    keyId: 'key-17',
    onDispatch: () => ({}),
    permissions: {
      issues: 'write',
      actions: 'write',
      metadata: 'read',
      administration: 'write',
      environments: 'write',
      secrets: 'write',
      variables: 'write',
    },
    hasIssues: true,
    now: new Date('2026-11-21T06:30:00Z'),
    intercept: () => undefined,
  };
  const base = `/repos/${REPOSITORY}`;
  const fake = Object.assign(world, {
    url: server.url,
    requests: server.requests,
    unexpected,
    asked: () => server.requests.map(({ method, path }) => `${method} ${path.slice(base.length)}`),
  });
  server.serve((request) => {
    const headers = { date: fake.now.toUTCString() };
    const reply = fake.intercept(request, server.requests.length) ?? answer(request);
    if (reply.status === 501) unexpected.push(`${request.method} ${request.path}`);
    return { ...reply, headers: { ...headers, ...reply.headers } };
  });
  onTestFinished(() => server.close());
  return fake;

  function answer({ method, path, query, headers, body }: SeenRequest): Reply {
    if (headers['authorization'] !== `token ${TOKEN}`) return refusal(401, 'Bad credentials');
    if (path !== base && !path.startsWith(`${base}/`)) return refusal(404, 'Not Found');
    const here = path.slice(base.length);
    const route = all.find((one) => one.method === method && one.path.test(here));
    if (route === undefined) return refusal(501, 'nobody here knows this request');
    const fields = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>;
    const foreign = [...unknown(query, route.query), ...unknown(fields, route.fields)];
    if (foreign.length > 0) return refusal(501, `nobody here knows ${foreign.join(', ')}`);
    const [scope, level] = route.needs;
    const held = fake.permissions[scope];
    if (held === 'none' || (level === 'write' && held !== 'write')) {
      return refusal(403, 'Resource not accessible by integration');
    }
    if (scope === 'issues' && !fake.hasIssues) return refusal(410, 'Issues has been disabled in this repository.');
    const parts = (route.path.exec(here) ?? []).slice(1);
    return route.answer({ world: fake, query, body: fields, parts, address: `${server.url}${path}` });
  }
}

const unknown = (given: object, known: readonly string[] = []): string[] =>
  Object.keys(given).filter((name) => !known.includes(name));
