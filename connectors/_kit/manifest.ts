/** What a package says of itself under `tidemill` in its package.json, so that nobody has to load it to know. */
import { z } from 'zod';
import type { Rotation } from './oauth.ts';

/** A secret or setting that is read from the environment. */
export const Credential = z.object({
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  description: z.string(),
  /**
   * It is no secret but an address or an id: nothing hides it, and on GitHub it stands among the variables of the environment, or
   * among its secrets.
   */
  secret: z.literal(false).exactOptional(),
  /** It runs without it. One with a default is always there. */
  optional: z.literal(true).exactOptional(),
  default: z.string().exactOptional(),
  /** `sign-in`: only `tidemill auth` reads it; no run ever sees it. `run` if not given. */
  use: z.enum(['run', 'sign-in']).exactOptional(),
});
export type Credential = Readonly<z.output<typeof Credential>>;

/** Of a connector. A name alone is a credential that nobody has described. */
export const Declaration = z
  .object({
    credentials: z.array(
      z.union([Credential, z.string().transform((name): Credential => ({ name, description: '' }))]),
    ),
    /** The older way to name what a run reads only if it is set. */
    optional: z.array(z.string()).default([]),
    /** What becomes of a refresh token that was used: see `Rotation`. */
    rotation: z.enum(['never', 'sometimes', 'always']).default('never'),
  })
  .transform(({ credentials, optional, rotation }): Declaration => {
    const more = optional.map((name): Credential => ({ name, description: '', optional: true }));
    return { credentials: [...credentials, ...more], rotation };
  });

const Template = z.object({
  template: z.object({
    /** Options of a service whose values are names of variables that its runs read: `auth.token`. */
    variables: z.array(z.string()),
  }),
});

const StartingJob = z.strictObject({
  cron: z.string(),
  description: z.string().exactOptional(),
  options: z.record(z.string(), z.unknown()).exactOptional(),
});

/** The jobs to begin with, by their data types: `tidemill init` writes them for whoever takes the connector. */
export const StartingJobs = z.record(z.string(), StartingJob);
export type StartingJobs = Readonly<z.output<typeof StartingJobs>>;

/** What a connector reads of the environment. */
export interface Declaration {
  readonly credentials: readonly Credential[];
  readonly rotation: Rotation;
}

/**
 * What the package.json of a connector declares, for its code: `import manifest from './package.json' with { type: 'json' }`.
 * Of a template, with the variables that the options of a service name. Throws when it declares nothing.
 */
export function declaredIn({ tidemill }: { readonly tidemill: unknown }, options?: object): Declaration {
  const declaration = Declaration.parse(tidemill);
  const { variables = [] } = Template.safeParse(tidemill).data?.template ?? {};
  const named = variables.flatMap((path): Credential[] => {
    const name = path.split('.').reduce((value, key) => (value as Fields | undefined)?.[key], options as unknown);
    const description = `Named by \`${path}\` in the options of the service.`;
    return typeof name === 'string' ? [{ name, description }] : [];
  });
  return { ...declaration, credentials: [...declaration.credentials, ...named] };
}

type Fields = Readonly<Record<string, unknown>>;
