/** What a package says of itself under `tidemill` in its package.json, so that nobody has to load it to know. */
import { z } from 'zod';

/** A secret or setting that is read from the environment. */
export const Credential = z.object({
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  description: z.string(),
  /** It runs without it. One with a default is always there. */
  optional: z.literal(true).exactOptional(),
  default: z.string().exactOptional(),
  /** `sign-in`: only `tidemill auth` reads it; no run ever sees it. `run` if not given. */
  use: z.enum(['run', 'sign-in']).exactOptional(),
});
export type Credential = Readonly<z.output<typeof Credential>>;
