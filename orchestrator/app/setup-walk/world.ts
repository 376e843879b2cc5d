/** What the steps of the walk share: one environment, and GitHub as it was looked at, once. */
import { dirname } from 'node:path';
import type { EnvironmentSecrets, GithubAccess, KnownNames, RepositorySettings, Workflows } from '@tidemill/github';
import { TidemillError } from '@tidemill/kit';
import { readBy } from '@tidemill/kit/credentials';
import type { Config, Environment } from '../../config/job.ts';
import { isOfTheMachine } from '../../config/owned-variables.ts';
import { declaredBy } from '../../run/extract/connector-package.ts';
import { outputOf } from '../../run/extract/program.ts';
import { apiUrlOf, githubAccess, loadGithub, patienceOf } from '../github-access.ts';
import { type Host, setting } from '../host.ts';
import { environmentIn, hostNow, openConfig, openSession, type Session, type SessionOptions } from '../session.ts';
import { environmentsAway } from '../vanishing.ts';

export interface WalkOptions extends SessionOptions {
  /** `OWNER/NAME`; where this is, if not given. */
  readonly repository?: string | undefined;
}

export class SetupWorld {
  readonly config: Config;
  readonly environment: Environment;
  readonly options: SessionOptions;
  readonly #repository: string | undefined;
  #host: Host;
  #access: Promise<GithubAccess> | undefined;
  #session: Promise<Session> | undefined;
  readonly #sessions: Promise<Session>[] = [];
  #names: Promise<KnownNames> | undefined;
  #secrets: Promise<EnvironmentSecrets> | undefined;

  /** Throws what is wrong with the configuration. Without a name it is the first environment that is not `local`. */
  constructor(realHost: Host, { repository, ...options }: WalkOptions) {
    this.#host = hostNow(realHost, options);
    this.#repository = repository;
    this.config = openConfig(this.#host, options);
    const named = options.environment ?? setting(realHost, 'TIDEMILL_ENVIRONMENT');
    const name = named ?? environmentsAway(this.config)[0]?.name ?? 'local';
    this.options = { ...options, environment: name };
    this.environment = environmentIn(this.config, this.#host, this.options);
  }

  get host(): Host {
    return this.#host;
  }

  /** Variables of this shell, and what was typed in since. */
  valueOf(name: string): string | undefined {
    return setting(this.#host, name);
  }

  /** What was typed is there for the steps that follow, and for nobody else. */
  remember(name: string, value: string): void {
    this.#host = { ...this.#host, env: { ...this.#host.env, [name]: value } };
    this.#session = undefined;
  }

  /** Lets go of what was opened to be looked at. */
  async close(): Promise<void> {
    for (const session of this.#sessions) await (await session.catch(() => undefined))?.close();
  }

  /** With all that is known by now. Throws where its bucket has no driver here. */
  session(): Promise<Session> {
    if (this.#session === undefined) {
      this.#session = openSession(this.#host, this.options);
      this.#sessions.push(this.#session);
    }
    return this.#session;
  }

  /** Throws kind `auth` where nobody has a token, `config` where nobody knows the repository. */
  access(): Promise<GithubAccess> {
    this.#access ??= this.#signedIn();
    return this.#access;
  }

  async #signedIn(): Promise<GithubAccess> {
    const hasToken = setting(this.#host, 'GITHUB_TOKEN') ?? setting(this.#host, 'GH_TOKEN');
    const token = hasToken === undefined ? await tokenOfGh(this.#host, await this.envOfPrograms()) : undefined;
    if (token !== undefined) this.remember('GITHUB_TOKEN', token);
    return githubAccess(this.#host, 'to look at its settings with', this.#repository);
  }

  async settings(): Promise<RepositorySettings> {
    const { openSettings } = await loadGithub();
    return openSettings(await this.access(), this.#patience);
  }

  async workflows(): Promise<Workflows> {
    const { openWorkflows } = await loadGithub();
    return openWorkflows(await this.access(), this.#patience);
  }

  get #patience() {
    return patienceOf(this.#host);
  }

  /** Throws where GitHub has no such environment, for a step that stores something in it. */
  async checkEnvironment(): Promise<void> {
    const { name } = this.environment;
    if (!(await (await this.settings()).hasEnvironment(name))) throw environmentMissing(name);
  }

  /** Whether the environment's jobs find a secret or a variable of this name at GitHub, wherever it is kept. */
  async has(name: string): Promise<boolean> {
    this.#names ??= this.#knownNames();
    const { secrets, variables } = await this.#names;
    const known = name.toUpperCase();
    return secrets.has(known) || variables.has(known);
  }

  async #knownNames(): Promise<KnownNames> {
    const settings = await this.settings();
    const { name } = this.environment;
    return settings.namesIn((await settings.hasEnvironment(name)) ? name : undefined);
  }

  /** Opened when something is to be stored, and no sooner: it asks whether the token may. */
  secrets(): Promise<EnvironmentSecrets> {
    this.#secrets ??= this.#openSecrets();
    return this.#secrets;
  }

  async #openSecrets(): Promise<EnvironmentSecrets> {
    const { openEnvironmentSecrets } = await loadGithub();
    return openEnvironmentSecrets({ ...(await this.access()), environment: this.environment.name }, this.#patience);
  }

  async putSecret(name: string, value: string): Promise<void> {
    await (await this.secrets()).put(name.toUpperCase(), value);
    this.#names = undefined;
  }

  async putVariable(name: string, value: string): Promise<void> {
    await (await this.settings()).setEnvironmentVariable(this.environment.name, name.toUpperCase(), value);
    this.#names = undefined;
  }

  forgetNames(): void {
    this.#names = undefined;
  }

  /** What a program of a cloud, or gh, is given: the shell as it is, without what belongs to services, to GitHub and to Tidemill. */
  async envOfPrograms(): Promise<Host['env']> {
    const { jobs, services, file } = this.config;
    const declared = [...services.values()].map((service) => declaredBy(service, dirname(file)).then(readBy, () => []));
    const ours = new Set([
      ...(await Promise.all(declared)).flat(),
      ...jobs.flatMap(({ dependencies }) => dependencies),
      ...['GITHUB_TOKEN', 'GH_TOKEN'],
    ]);
    const isOurs = (name: string): boolean => ours.has(name) || name.startsWith('TIDEMILL_');
    const isTheirs = (name: string): boolean => isOfTheMachine(name) || !isOurs(name);
    return Object.fromEntries(Object.entries(this.#host.env).filter(([name]) => isTheirs(name)));
  }
}

/** As the gh command has it for this GitHub, and for no other. Undefined where it has none, or is not there. */
async function tokenOfGh(host: Host, env: Host['env']): Promise<string | undefined> {
  const { hostname } = new URL(apiUrlOf(host));
  const command = ['gh', 'auth', 'token', '--hostname', hostname.replace(/^api\./, '')];
  const { code, out } = await outputOf({ command, cwd: host.cwd, env });
  return code === 0 && out.trim() !== '' ? out.trim() : undefined;
}

function environmentMissing(name: string): TidemillError {
  return new TidemillError('config', 'github-environment-missing', `GitHub has no environment ${name} yet`, {
    hint: 'The step before makes it: run this again, and say yes.',
  });
}
