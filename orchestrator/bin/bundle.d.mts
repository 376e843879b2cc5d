type Env = Readonly<Record<string, string | undefined>>;

export interface Bundle {
  /** Address of the module that has the command line. */
  readonly entry: string;
  /** Our packages that need no installation. */
  readonly bundled: readonly string[];
}

/** A sentence that says why the bundle that is named is not used. */
interface Refused {
  readonly fault?: string | undefined;
}

/**
 * The bundle in the folder that TIDEMILL_BUNDLE names, if it was made by this Node of these sources: of this commit (GITHUB_SHA), or else of
 * files that are the same, and if every file of it is what it was. Nothing where a machine of the workflow has none.
 */
export function wholeBundleIn(env: Env): Partial<Bundle> & Refused;

/** Its command line, which answers an exit code. On a machine of the workflow its files are not looked at again. */
export function loadBundle(
  env: Env,
): Promise<{ readonly start?: (args: readonly string[]) => Promise<number> } & Refused>;

/** SHA-256 of files and their paths, in this order; paths are relative to the root. Throws where one is missing. */
export function digestOf(root: string, files: readonly string[]): string;
