/** The parts of the workflows that come of the configured environments and of the manifests of their drivers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config, Environment } from '../config/job.ts';
import type { Driver } from '../drivers/manifest.ts';
import { argumentsOutside, driversUsed, installArguments, packagesFor } from '../drivers/use.ts';
import { FITS } from './bundle.ts';
import { withRegions } from './region.ts';

/** A driver, and the environments that use it. */
interface Use {
  readonly driver: Driver;
  readonly environments: readonly string[];
  /** What its folder says a job needs besides. */
  readonly needs: Needs | undefined;
}

/** The environments that run on GitHub. */
function environmentsOnGithub({ environments }: Pick<Config, 'environments'>): Environment[] {
  const all = [...environments.values()];
  const away = all.filter(({ name }) => name !== 'local');
  return away.length > 0 ? away : all;
}

/**
 * The text of a workflow with what the configuration makes of its regions; `bundled` are our packages in the bundle. Throws when it has lost
 * one that `regions` names.
 */
export function withDrivers(
  text: string,
  config: Config,
  regions: readonly (keyof typeof REGIONS)[],
  bundled: readonly string[] = [],
): string {
  const environments = environmentsOnGithub(config);
  const names = environments.map(({ name }) => name);
  const uses = usesOf(config.drivers, environments);
  // What holds where nobody has said which environment it is for.
  const fallback = text.replaceAll(/(?<=vars\.TIDEMILL_ENVIRONMENT \|\| )'[^']*'/g, `'${names[0]}'`);
  return regions.reduce((filled, region) => {
    return withRegions(filled, region, (told) =>
      REGIONS[region](told, uses, { names, drivers: config.drivers, bundled }),
    );
  }, fallback);
}

function usesOf(drivers: readonly Driver[], environments: readonly Environment[]): Use[] {
  const used = environments.flatMap((environment) => {
    return driversUsed(drivers, environment).map((driver) => ({ driver, environment: environment.name }));
  });
  return [...Map.groupBy(used, ({ driver }) => driver)].map(([driver, all]) => {
    return { driver, environments: all.map(({ environment }) => environment), needs: needsOf(driver) };
  });
}

interface Configured {
  /** Of the environments. */
  readonly names: readonly string[];
  readonly drivers: readonly Driver[];
  readonly bundled: readonly string[];
}

type Region = (told: string, uses: readonly Use[], configured: Configured) => readonly string[];

const REGIONS = {
  environments: (_, __, { names }) => [
    `options: [${names.map(scalar).join(', ')}]`,
    `default: ${scalar(names[0] ?? '')}`,
  ],
  install: (told, uses, { drivers }) => [`run: ${INSTALL} ${installArguments(packagesIn(told, uses, drivers))}`],
  outside: (told, uses, { drivers, bundled }) => {
    const outside = argumentsOutside(packagesIn(told, uses, drivers), bundled);
    if (outside === '') return [];
    return ['- name: Install what the bundle leaves out', `  if: ${FITS}`, `  run: ${INSTALL} ${outside}`];
  },
  permissions: (told, uses) => {
    const lines = ofKinds(told, uses).flatMap(({ needs }) => needs?.permissions ?? []);
    return lines.filter((line, at) => lines.findIndex((other) => nameIn(other) === nameIn(line)) === at);
  },
  login: (told, uses, { names }) =>
    shared(ofKinds(told, uses)).flatMap((use) => {
      const steps = stepsOf(use.needs?.steps ?? [], use, names);
      return isAgain(told) ? onlyIf(`always() && ${HAS_WORK}`, steps.map(again)) : steps;
    }),
  logout: (told, uses, { names }) =>
    shared(ofKinds(told, uses)).flatMap((use) => onlyIf(HAS_WORK, stepsOf(logoutOf(use), use, names))),
  variables: (told, uses, { names }) =>
    linesOf(ofKinds(told, uses).flatMap((use) => variablesOf(use, names, isAgain(told)))),
} as const satisfies Readonly<Record<string, Region>>;

const INSTALL = 'npm ci --omit=dev --ignore-scripts';

/** What a job needs that says so: packages by their names, and those of its drivers. */
function packagesIn(told: string, uses: readonly Use[], drivers: readonly Driver[]): string[] {
  const own = told.match(/@[\w/-]+|\btidemill\b/g) ?? [];
  const used = ofKinds(told, uses).map(({ driver }) => driver);
  return [...own, ...packagesFor(used, drivers)];
}

/** A region names the kinds of drivers that its job uses. */
const ofKinds = (told: string, uses: readonly Use[]): Use[] =>
  uses.filter(({ driver }) => new RegExp(`\\b${driver.kind}\\b`).test(told));

/** On the one machine of a run everybody logs out before packages are installed, and in again; whatever becomes of them, for the report. */
const isAgain = (told: string): boolean => /^ again\b/.test(told);
const HAS_WORK = "steps.plan.outputs.work != ''";

/** Throws for a driver whose login would still be there when packages are installed. */
function logoutOf({ driver, needs }: Use): readonly string[] {
  const { steps, logout } = needs ?? { steps: [], logout: [] };
  if (steps.length === 0 || logout.length > 0) return logout;
  throw new Error(`${join(driver.folder, 'workflow.yaml')} has steps and no logout, which \`legs: single\` needs`);
}

/** A step has an id once in a job. */
const idAgain = (id: string): string => `${id}_again`;
const again = (line: string): string =>
  line.replace(/^( +id: )(\w+)$/, (_, start: string, id: string) => start + idAgain(id));

/** The steps with one more condition. */
const onlyIf = (condition: string, steps: readonly string[]): string[] =>
  steps.map((line) => line.replace(/^( +if: )/, `$1${condition} && `));

const nameIn = (line: string): string => line.split(':')[0] ?? '';

/** Where a variable of a step comes from; two drivers may read the same. */
interface Given {
  readonly name: string;
  readonly when: string;
  readonly otherwise: string;
}

/** One line a name: a mapping must not have a key twice. */
const linesOf = (given: readonly Given[]): string[] =>
  [...Map.groupBy(given, ({ name }) => name)].map(([name, all]) => {
    const cases = [...new Set(all.map(({ when }) => when))].join(' || ');
    return `${name}: \${{ ${cases} || ${all[0]?.otherwise} }}`;
  });

/** Whether this is one of the environments that use a driver; nothing where all do. */
function whereUsed({ environments }: Use, names: readonly string[]): string[] {
  if (names.every((name) => environments.includes(name))) return [];
  const here = environments.map((name) => `env.TIDEMILL_ENVIRONMENT == '${name}'`).join(' || ');
  return [environments.length > 1 ? `(${here})` : here];
}

/** Two drivers of one vendor ask for the same login: it is one step, where either is used. */
const shared = (uses: readonly Use[]): Use[] =>
  [...Map.groupBy(uses, ({ needs }) => needs?.steps.join('\n') ?? '')].flatMap(([, alike]) => {
    const [first] = alike;
    const environments = [...new Set(alike.flatMap((use) => use.environments))];
    return first === undefined ? [] : [{ ...first, environments }];
  });

/** A variable of the repository is one of every environment: a step of a driver must not run in those that do without it. */
function stepsOf(steps: readonly string[], use: Use, names: readonly string[]): string[] {
  const [where] = whereUsed(use, names);
  return where === undefined ? [...steps] : onlyIf(where, steps);
}

/** Secrets of the GitHub environment and variables of it, by the names the driver reads. */
function variablesOf(use: Use, names: readonly string[], isSecondLogin: boolean): Given[] {
  const { driver, needs } = use;
  const where = whereUsed(use, names);
  const given = (name: string, from: 'secrets' | 'vars', conditions: readonly string[], otherwise: string): Given => {
    return { name, when: [...conditions, `${from}.${name}`].join(' && '), otherwise };
  };
  const id = needs?.stepId;
  const stepId = id !== undefined && isSecondLogin ? idAgain(id) : id;
  const isLoggedOut = stepId === undefined ? [] : [`steps.${stepId}.outcome == 'skipped'`];
  return [
    ...driver.credentials.map(({ name }) =>
      // Without a login that we know: what a step of somebody's own may have set.
      given(name, 'secrets', [...where, ...isLoggedOut], isLoggedOut.length > 0 ? "''" : `env.${name}`),
    ),
    ...driver.settings.filter(({ use }) => use !== 'here').map(({ name }) => given(name, 'vars', where, `env.${name}`)),
  ];
}

interface Needs {
  readonly permissions: readonly string[];
  /** Each has a condition. */
  readonly steps: readonly string[];
  /** What takes the login away again. */
  readonly logout: readonly string[];
  /** The id of its step. */
  readonly stepId: string | undefined;
}

/** `workflow.yaml` in the driver's folder; undefined where there is none. */
function needsOf({ folder }: Driver): Needs | undefined {
  try {
    const text = readFileSync(join(folder, 'workflow.yaml'), 'utf8');
    const steps = linesBelow(text, 'steps');
    const stepId = steps.flatMap((line) => /^ +id: (\w+)$/.exec(line)?.[1] ?? [])[0];
    return { permissions: linesBelow(text, 'permissions'), steps, logout: linesBelow(text, 'logout'), stepId };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What stands below a key of the first level, as it is written. */
function linesBelow(text: string, key: string): string[] {
  const [, block = ''] = new RegExp(`^${key}:\\n((?: .*\\n)*)`, 'm').exec(text) ?? [];
  return block.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(/^ {2}/, '')]));
}

/** YAML takes `on` and `1` for something else than words. */
const scalar = (name: string): string =>
  /^[A-Za-z_][\w.-]*$/.test(name) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(name) ? name : `'${name}'`;
