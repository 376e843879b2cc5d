/** What a repository and its environments hold for workflows: names of secrets and variables, and the environments themselves. */
import { TidemillError } from '@tidemill/kit';
import { type GithubAccess, otherAnswer } from './api.ts';
import { openPatiently, type Patience } from './patient.ts';

/** Names that a job of an environment finds, wherever they are kept; nobody reads the value of a secret. */
export interface KnownNames {
  readonly secrets: ReadonlySet<string>;
  readonly variables: ReadonlySet<string>;
}

/** Every method throws TidemillErrors; one that lacks a right names it. */
export interface RepositorySettings {
  /** The branch that schedules run of. Throws where the token does not see the repository. */
  defaultBranch(): Promise<string>;
  hasEnvironment(name: string): Promise<boolean>;
  /** For one that is not there: of another it would take the rules away. */
  makeEnvironment(name: string): Promise<void>;
  /** Of the environment, of the repository, and of its organization, as far as the token may look. */
  namesIn(environment: string): Promise<KnownNames>;
  /** Makes it, or gives it another value. */
  setEnvironmentVariable(environment: string, name: string, value: string): Promise<void>;
  /** Undefined where there is none of this name. */
  repositoryVariable(name: string): Promise<string | undefined>;
  /** Makes it, or gives it another value. */
  setRepositoryVariable(name: string, value: string): Promise<void>;
}

const fine = (right: string): string => `${right} of a fine-grained token, or scope repo of a classic one`;

/** Asks nothing yet. https://docs.github.com/en/rest/actions/variables and https://docs.github.com/en/rest/deployments/environments */
export function openSettings(access: GithubAccess, patience: Patience): RepositorySettings {
  const may = (what: string, right: string, missing?: 'answers') =>
    openPatiently(access, patience, { permission: `${what}: ${fine(right)}`, ...(missing && { missing }) });
  const looking = may('see the repository', '"Metadata: read" and "Actions: read"');
  const founding = may('make environments', '"Administration: read and write"');
  const filling = may('read and write what environments hold', '"Environments: read and write"');
  const changing = may('read and write what environments hold', '"Environments: read and write"', 'answers');
  const sharing = may('read and write variables of the repository', '"Variables: read and write"');
  const seeing = may('see secrets of the repository', '"Secrets: read"');
  const { owner, repo } = looking;
  const where = { owner, repo, per_page: 30 };

  async function repositoryVariable(name: string): Promise<string | undefined> {
    const all = await sharing.octokit.paginate(sharing.octokit.rest.actions.listRepoVariables, where);
    return all.find((variable) => variable.name === name)?.value;
  }

  return {
    async defaultBranch() {
      const { default_branch: branch } = (await looking.octokit.rest.repos.get({ owner, repo })).data;
      if (typeof branch !== 'string') throw otherAnswer('a repository');
      return branch;
    },
    async hasEnvironment(name) {
      const all = await looking.octokit.paginate<{ name: string }>('GET /repos/{owner}/{repo}/environments', where);
      return all.some((environment) => environment.name.toLowerCase() === name.toLowerCase());
    },
    async makeEnvironment(environment_name) {
      await founding.octokit.rest.repos.createOrUpdateEnvironment({ owner, repo, environment_name });
    },
    async namesIn(environment_name) {
      const [own, shared, secret] = [filling.octokit, sharing.octokit, seeing.octokit];
      const of = { ...where, environment_name };
      const secrets = [
        await own.paginate(own.rest.actions.listEnvironmentSecrets, of),
        await seen(secret.paginate(secret.rest.actions.listRepoSecrets, where)),
        await seen(secret.paginate(secret.rest.actions.listRepoOrganizationSecrets, where)),
      ];
      const variables = [
        await own.paginate(own.rest.actions.listEnvironmentVariables, of),
        await seen(shared.paginate(shared.rest.actions.listRepoVariables, where)),
        await seen(shared.paginate(shared.rest.actions.listRepoOrganizationVariables, where)),
      ];
      const names = (all: readonly { readonly name: string }[]) => new Set(all.map(({ name }) => name));
      return { secrets: names(secrets.flat()), variables: names(variables.flat()) };
    },
    async setEnvironmentVariable(environment_name, name, value) {
      const variable = { owner, repo, environment_name, name, value };
      const { status }: { readonly status: number } =
        await changing.octokit.rest.actions.updateEnvironmentVariable(variable);
      if (status === 404) await filling.octokit.rest.actions.createEnvironmentVariable(variable);
    },
    repositoryVariable,
    async setRepositoryVariable(name, value) {
      const { actions } = sharing.octokit.rest;
      if ((await repositoryVariable(name)) === undefined)
        await actions.createRepoVariable({ owner, repo, name, value });
      else await actions.updateRepoVariable({ owner, repo, name, value });
    },
  };
}

/** What this token may not look at counts as not there: the environment has its own. */
async function seen<T>(listed: Promise<readonly T[]>): Promise<readonly T[]> {
  return listed.catch((error: unknown) => {
    if (error instanceof TidemillError && error.code === 'github-permission') return [];
    throw error;
  });
}
