/** What a repository and its environments hold for workflows: names of secrets and variables, and the environments themselves. */
import { TidemillError } from '@tidemill/kit';
import { type GithubAccess, otherAnswer } from './api.ts';
import { isMissing, openPatiently, type Patience } from './patient.ts';

/** Names that a job of an environment finds, wherever they are kept; nobody reads the value of a secret. */
export interface KnownNames {
  readonly secrets: ReadonlySet<string>;
  readonly variables: ReadonlySet<string>;
}

export interface Repository {
  /** It stays the same, whatever the name is, and is nobody else's afterwards. */
  readonly id: number;
  /** `owner/name`, as GitHub spells it. */
  readonly name: string;
  /** The branch that schedules run of. */
  readonly defaultBranch: string;
  readonly isPrivate: boolean;
}

/** Every method throws TidemillErrors; one that lacks a right names it. */
export interface RepositorySettings {
  /** Throws where the token does not see it. */
  repository(): Promise<Repository>;
  hasEnvironment(name: string): Promise<boolean>;
  /** For one that is not there: of another it would take the rules away. */
  makeEnvironment(name: string): Promise<void>;
  /** Of the environment, if one is named, of the repository, and of its organization, as far as the token may look. */
  namesIn(environment: string | undefined): Promise<KnownNames>;
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
    openPatiently(access, patience, { permission: `${what}: ${fine(right)}`, ...(missing && { answers: isMissing }) });
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
    async repository() {
      const { data } = await looking.octokit.rest.repos.get({ owner, repo });
      const { id, full_name: name, default_branch: defaultBranch, private: isPrivate } = data;
      if (typeof id !== 'number' || typeof name !== 'string' || typeof defaultBranch !== 'string')
        throw otherAnswer('a repository');
      return { id, name, defaultBranch, isPrivate: isPrivate === true };
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
      const of = environment_name === undefined ? undefined : { ...where, environment_name };
      const secrets = [
        of === undefined ? [] : await own.paginate(own.rest.actions.listEnvironmentSecrets, of),
        await seen(secret.paginate(secret.rest.actions.listRepoSecrets, where)),
        await seen(secret.paginate(secret.rest.actions.listRepoOrganizationSecrets, where)),
      ];
      const variables = [
        of === undefined ? [] : await own.paginate(own.rest.actions.listEnvironmentVariables, of),
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
