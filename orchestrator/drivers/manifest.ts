/** What a driver says of itself under `tidemill` in its package.json, and which one a location belongs to. Pure. */
import { Credential } from '@tidemill/kit/manifest';
import { z } from 'zod';

/** What it holds becomes words of a shell: no more than npm itself allows. */
export const PackageName = z
  .string()
  .max(214)
  .regex(/^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/, {
    error: 'expected the name of an npm package, such as "@example/connector"',
  });

/** A variable that is no secret. */
const Setting = z.strictObject({
  name: Credential.shape.name,
  description: z.string(),
  /** `here`: for a machine of one's own; no workflow hands it on. */
  use: z.literal('here').exactOptional(),
});

export const DriverManifest = z.strictObject({
  kind: z.enum(['bucket', 'warehouse', 'events']),
  /** Of the URLs it opens, in lower case: `memo` for `memo://…`. */
  schemes: z.array(z.string().regex(/^[a-z][a-z0-9+.-]+$/)).default([]),
  /** Ends of the paths it opens; an empty one stands for every path. */
  suffixes: z.array(z.string()).default([]),
  /** Words that are a location of it as they stand, without a path or a URL. */
  names: z.array(z.string().regex(/^[a-z][a-z0-9_-]+$/)).default([]),
  /** How a person writes a location: an example of a URL, or words such as `a folder`. */
  location: z.string().min(1),
  /**
   * Where it is when a configuration does not say: in the environment `local`, and in others, whose machines are gone after a run;
   * NAME stands for the environment. Each of one driver of a kind. Of events: who is told of them. `variables`: in others, and before
   * `others`, where all of the variables are set that it names: `memo://${MEMO_NAME}`.
   */
  default: z
    .strictObject({
      local: z.string().exactOptional(),
      others: z.string().exactOptional(),
      variables: z.string().exactOptional(),
    })
    .default({}),
  /** `my_bucket`: then `my_bucket_dev` of `global` is the bucket of dev, NAME for SCHEME://NAME. */
  shorthand: z.string().exactOptional(),
  /** Secrets it reads. It sees no other variables than these and its settings. */
  credentials: z.array(Credential).default([]),
  settings: z.array(Setting).default([]),
  /**
   * Its data is a file of the machine that runs: one process at a time has it open, and with a machine that GitHub lends it is gone.
   * With a scheme a location is `SCHEME:PATH`, and a relative path starts from the folder of the configuration.
   */
  file: z.literal(true).exactOptional(),
  /** npm packages that a machine must install to use it. Its own, if not given. */
  install: z.array(PackageName).exactOptional(),
  /** Of a warehouse that lets dbt in: its adapter, and what that needs, each at one version: `dbt-duckdb==1.11.1`. */
  dbt: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.+!]+$/))
    .min(1)
    .exactOptional(),
  /** For people who have a location and want to look into it: `any text editor opens it`. */
  explore: z.string().exactOptional(),
});

export type DriverKind = z.output<typeof DriverManifest>['kind'];

export interface Driver extends Readonly<z.output<typeof DriverManifest>> {
  /** Its npm package, and what that says it is. */
  readonly package: string;
  readonly description: string;
  /** Where its package.json lies, absolute. */
  readonly folder: string;
}

export interface DriverSource {
  own(): readonly Driver[];
  /** Throws kind `config` when the package is not installed, or no driver. */
  named(packageName: string): Driver;
}

/** Two letters and more: one letter is a drive of Windows. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/** The scheme of a URL, in lower case; undefined for a path. */
export const schemeOf = (location: string): string | undefined => SCHEME.exec(location)?.[1]?.toLowerCase();

/** The driver that opens a location: the first of its kind, if there are several. */
export function driverOf(drivers: readonly Driver[], kind: DriverKind, location: string): Driver | undefined {
  const scheme = schemeOf(location);
  const opens = ({ schemes, suffixes, names }: Driver): boolean =>
    scheme === undefined
      ? names.includes(location) || suffixes.some((suffix) => location.endsWith(suffix))
      : schemes.includes(scheme);
  return drivers.find((driver) => driver.kind === kind && opens(driver));
}

/** Whether a location is a word that a driver goes by, and no path. */
export const isName = (drivers: readonly Driver[], kind: DriverKind, location: string): boolean =>
  driverOf(drivers, kind, location)?.names.includes(location) ?? false;

/** How a location of this kind may be written: `a folder, or a URL such as memo://NAME`. */
export function locationText(drivers: readonly Driver[], kind: DriverKind): string {
  const own = drivers.filter((driver) => driver.kind === kind);
  const paths = own.filter(({ schemes }) => schemes.length === 0).map(({ location }) => location);
  const urls = own.filter(({ schemes }) => schemes.length > 0).map(({ location }) => location);
  const texts = urls.length === 0 ? paths : [...paths, `a URL such as ${oneOf(urls)}`];
  return texts.length > 0 ? texts.join(', or ') : `a location that a driver opens, and there is none for ${kind}`;
}

const oneOf = (texts: readonly string[]): string =>
  [texts.slice(0, -1).join(', '), ...texts.slice(-1)].filter((text) => text !== '').join(' or ');

/** Where a bucket or a warehouse of this environment is when the configuration does not say. */
export function defaultLocation(drivers: readonly Driver[], kind: 'bucket' | 'warehouse', environment: string): string {
  const where = environment === 'local' ? 'local' : 'others';
  const [found] = drivers.flatMap((driver) => (driver.kind === kind ? (driver.default[where] ?? []) : []));
  if (found === undefined) throw new TypeError(`No driver has a ${kind} for whoever names none`);
  return found.replace('NAME', environment);
}

/** Who is told of events in this environment when the configuration does not say. */
export const defaultListeners = (drivers: readonly Driver[], environment: string): string[] => {
  const where = environment === 'local' ? 'local' : 'others';
  return drivers.flatMap((driver) => (driver.kind === 'events' ? (driver.default[where] ?? []) : []));
};

const VARIABLE = /\$\{(\w+)\}/g;

/** Where a bucket or a warehouse of an environment other than local is by what this process is given; undefined where that does not say. */
export function locationByVariables(
  drivers: readonly Driver[],
  kind: 'bucket' | 'warehouse',
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const found = drivers.flatMap(({ kind: own, default: { variables }, schemes: [scheme = ''] }) => {
    if (own !== kind || variables === undefined) return [];
    const values = variablesIn(variables).map((name) => env[name]?.trim() ?? '');
    if (values.includes('')) return [];
    const whole = variables.replace(VARIABLE, (_, name: string) => env[name]?.trim() ?? '');
    // Some write a name, and some a URL.
    return [whole.replace(`${scheme}://${scheme}://`, `${scheme}://`)];
  });
  return found[0];
}

/** Variables that say where one is, by driver: `[['MEMO_NAME']]`. */
export const variablesFor = (drivers: readonly Driver[], kind: 'bucket' | 'warehouse'): string[][] =>
  drivers.flatMap(({ kind: own, default: { variables } }) =>
    own !== kind || variables === undefined ? [] : [variablesIn(variables)],
  );

const variablesIn = (text: string): string[] => [...text.matchAll(VARIABLE)].map(([, name = '']) => name);

/** A key of `global` that stands for the bucket of an environment. */
export interface Shorthand {
  readonly key: string;
  readonly environment: string;
  readonly scheme: string;
}

export const shorthandsIn = (drivers: readonly Driver[]): Shorthand[] =>
  drivers.flatMap(({ shorthand, schemes: [scheme = ''] }) =>
    shorthand === undefined
      ? []
      : ['dev', 'prd'].map((environment) => ({ key: `${shorthand}_${environment}`, environment, scheme })),
  );
