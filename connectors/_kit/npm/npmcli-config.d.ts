/** The part of npm's own configuration reader that `npm-package.ts` uses; the package ships no types. */
declare module '@npmcli/config' {
  /** The words of a configuration: which settings there are and what becomes of each. */
  interface Rules {
    readonly definitions: object;
    readonly shorthands: object;
    readonly flatten: (settings: object, flat: object) => object;
    readonly nerfDarts: readonly string[];
  }

  interface Surroundings {
    readonly npmPath: string;
    readonly argv: readonly string[];
    /** Written to while loading: hand over a copy. */
    readonly env: Record<string, string | undefined>;
    readonly execPath: string;
    readonly cwd: string;
  }

  export default class Config {
    constructor(options: Rules & Surroundings);
    load(): Promise<void>;
    /** The settings as pacote and npm-registry-fetch take them. */
    readonly flat: Readonly<Record<string, unknown>>;
  }
}

declare module '@npmcli/config/lib/definitions/index.js' {
  import type Config from '@npmcli/config';

  const rules: ConstructorParameters<typeof Config>[0];
  export default rules;
}
