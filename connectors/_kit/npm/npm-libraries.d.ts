/** The parts of npm's own libraries that are used here; they ship no types. */
declare module 'npm-registry-fetch' {
  import type { Readable } from 'node:stream';

  /** Settings as `@npmcli/config` flattens them. */
  export interface RegistryOptions {
    /** Folder of the cache; without one nothing is kept. */
    readonly cache?: string | undefined;
    readonly registry?: string;
    readonly replaceRegistryHost?: string;
    readonly offline?: boolean;
    readonly preferOffline?: boolean;
    readonly preferOnline?: boolean;
    /** Nothing that was published later. */
    readonly before?: Date | null;
    readonly signal?: AbortSignal;
    readonly [setting: string]: unknown;
  }

  interface Answer {
    readonly body: Readable;
    json(): Promise<unknown>;
  }

  /** Throws for a status of 400 and more, and where the bytes are not those of `integrity`. */
  export default function fetch(url: string, options: RegistryOptions): Promise<Answer>;
}

declare module 'npm-pick-manifest' {
  import type { RegistryOptions } from 'npm-registry-fetch';

  export default function pickManifest(packument: unknown, wanted: string, options: RegistryOptions): unknown;
}

declare module 'cacache' {
  import type { Readable } from 'node:stream';

  const cacache: {
    readonly get: { readonly stream: { byDigest(cache: string, integrity: string): Readable } };
    readonly rm: { content(cache: string, integrity: string): Promise<unknown> };
  };
  export default cacache;
}

declare module 'ssri' {
  const ssri: { parse(integrity: string): { pickAlgorithm(): string } | null };
  export default ssri;
}

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
    /** The settings as npm-registry-fetch takes them. */
    readonly flat: Readonly<Record<string, unknown>>;
  }
}

declare module '@npmcli/config/lib/definitions/index.js' {
  import type Config from '@npmcli/config';

  const rules: ConstructorParameters<typeof Config>[0];
  export default rules;
}
