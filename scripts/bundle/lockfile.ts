/** What a lockfile says of packages: where they lie, and which of them hold native code or bring some along. Pure. */

interface Locked {
  /** A workspace, which lies in the folder `resolved`. */
  readonly link?: true;
  readonly resolved?: string;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly hasInstallScript?: true;
  /** Only for those who develop. */
  readonly dev?: true;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** By place, such as `node_modules/yaml`, or the folder of a workspace. */
export type Packages = Readonly<Record<string, Locked>>;

/** Packages that read files beside themselves, which a bundle does not have. */
const BESIDE = /(?:^|\/)node_modules\/playwright-core$/;

const PLACE = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)$/;

/** The workspaces: folders by the names of their packages. */
export const workspacesIn = (packages: Packages): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(packages).flatMap(([place, { link, resolved }]) => {
      const name = PLACE.exec(place)?.[1];
      return link === true && name !== undefined && resolved !== undefined ? [[name, resolved] as const] : [];
    }),
  );

/** Names of all packages that an installation may bring. */
export const namesIn = (packages: Packages): ReadonlySet<string> =>
  new Set(Object.keys(packages).flatMap((place) => PLACE.exec(place)?.[1] ?? []));

/** Where a package finds another, as Node looks for it: beside itself, and from there outwards. */
function placeOf(packages: Packages, from: string, name: string): string | undefined {
  const parts = from.split('/');
  const folders = parts.map((_, index) => `${parts.slice(0, parts.length - index).join('/')}/`);
  return [...folders, '']
    .map((folder) => `${folder}node_modules/${name}`)
    .find((place) => Object.hasOwn(packages, place));
}

/**
 * Places of packages that hold code for one kind of machine, are built where they are installed, or read files beside themselves; and of
 * those that bring such a one.
 */
export function nativeIn(packages: Packages): ReadonlySet<string> {
  const native = new Set<string>();
  const seen = new Set<string>();
  const look = (place: string): boolean => {
    if (seen.has(place)) return native.has(place);
    seen.add(place);
    const { link, resolved = '', os, cpu, hasInstallScript, ...locked } = packages[place] ?? {};
    const needs = Object.keys({ ...locked.dependencies, ...locked.optionalDependencies });
    const brought = link === true ? [resolved] : needs.flatMap((name) => placeOf(packages, place, name) ?? []);
    const isNative = (os ?? cpu ?? hasInstallScript) !== undefined || BESIDE.test(place);
    // Each is looked at: what is native of them is to be known as well.
    if (brought.map(look).includes(true) || isNative) native.add(place);
    return native.has(place);
  };
  for (const place of Object.keys(packages)) if (place !== '') look(place);
  return native;
}
