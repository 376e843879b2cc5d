import { beforeEach, describe, expect, it } from 'vitest';
import { type FakeGithub, fakeGithubApi, REPOSITORY, TOKEN } from './github-api.ts';

let github: FakeGithub;

beforeEach(async () => {
  github = await fakeGithubApi();
  github.environments.set('dev', { secrets: new Map(), variables: new Map() });
  github.repository.variables.set('THERE', 'x');
  github.workflows.set('run.yaml', {
    state: 'active',
    created_at: '2026-11-01T00:00:00Z',
    enabled: 0,
    inputs: ['job'],
  });
});

async function ask(request: string, body?: object, token = TOKEN): Promise<{ status: number; link: string | null }> {
  const [method = '', path = ''] = request.split(' ');
  const init = { method, headers: { authorization: `token ${token}` } };
  const address = `${github.url}${path.startsWith('/repos') ? path : `/repos/${REPOSITORY}${path}`}`;
  const response = await fetch(address, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  await response.text();
  return { status: response.status, link: response.headers.get('link') };
}

describe('the fake of GitHub', () => {
  const issue = { title: 'a', body: 'b', labels: [] };
  const refused: readonly [string, number, string, object?][] = [
    ['another repository', 404, 'GET /repos/octocat/other/issues'],
    ['a part of the API that nobody uses', 501, 'GET /pulls'],
    ['another method', 501, 'DELETE /issues/1'],
    ['a parameter that nobody uses', 501, 'GET /issues?creator=octocat'],
    ['a field that nobody uses', 501, 'POST /issues', { ...issue, assignee: 'octocat' }],
    ['a label that is not there', 422, 'POST /issues', { ...issue, labels: ['tidemill'] }],
    ['an issue without a title', 422, 'POST /issues', { ...issue, title: '' }],
    ['a text that is too long', 422, 'POST /issues', { ...issue, body: 'x'.repeat(65_537) }],
    ['an issue that is not there', 404, 'PATCH /issues/1', { state: 'closed' }],
    ['a reason without its state', 422, 'PATCH /issues/9', { state_reason: 'completed' }],
    ['to make an environment that is there', 501, 'PUT /environments/dev'],
    [
      'a secret that is not encrypted for it',
      422,
      'PUT /environments/dev/secrets/X',
      { encrypted_value: 'eA==', key_id: 'key-17' },
    ],
    [
      'a secret of an environment that is not there',
      404,
      'PUT /environments/prd/secrets/X',
      { encrypted_value: '', key_id: '' },
    ],
    ['a variable that is there', 409, 'POST /actions/variables', { name: 'THERE', value: 'x' }],
    ['a variable with a name of its own', 422, 'POST /actions/variables', { name: 'GITHUB_X', value: 'x' }],
    ['to change a variable that is not there', 404, 'PATCH /actions/variables/OTHER', { value: 'x' }],
    ['a run of another branch', 422, 'POST /actions/workflows/run.yaml/dispatches', { ref: 'main' }],
    [
      'an input that nobody declared',
      422,
      'POST /actions/workflows/run.yaml/dispatches',
      { ref: 'trunk', inputs: { x: '' } },
    ],
    ['a workflow that is not there', 404, 'PUT /actions/workflows/other.yaml/enable'],
  ];
  it.each(refused)('refuses %s', async (_, status, request, body) => {
    while (github.issues.length < 9 && request.includes('/9')) await ask('POST /issues', issue);
    expect(await ask(request, body)).toMatchObject({ status });
    expect(github.unexpected).toHaveLength(status === 501 ? 1 : 0);
  });

  it('refuses another token, and what a token may not', async () => {
    expect(await ask('GET /issues', undefined, 'other')).toMatchObject({ status: 401 });
    github.permissions.issues = 'read';
    expect(await ask('GET /issues')).toMatchObject({ status: 200 });
    expect(await ask('POST /issues', issue)).toMatchObject({ status: 403 });
  });

  it('leads from page to page', async () => {
    for (let count = 0; count < 3; count += 1) await ask('POST /issues', issue);
    expect((await ask('GET /issues?per_page=2')).link).toMatch(/[?&]page=2>; rel="next"$/);
    expect((await ask('GET /issues?per_page=2&page=2')).link).toBeNull();
  });
});
