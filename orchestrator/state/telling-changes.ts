/** What a job with `changes: true` keeps in its state: how far its changes were told. */
import { z } from 'zod';
import { isKey } from '../storage/keys.ts';

/** Of an object in the bucket. */
export const Key = z.string().refine(isKey);

/** What packages up to some one were taken for when changes were told: nothing that is found out later of them is told by itself. */
export const Taken = z.object({
  /** The newest one that was taken for all there is: later ones were not, whatever today's code makes of them. */
  settled: Key.optional(),
  /** Those that bronze could not give: what they say is told once it can. */
  left_out: z.array(Key).optional(),
});
export type Taken = z.infer<typeof Taken>;

/** How far the changes of the table were told, by manifests of the chain. */
export const TellingChanges = Taken.extend({
  through: Key,
  /** Nothing was told so far: of all up to `through` today's code says what was there. */
  untold: z.literal(true).optional(),
  /** The file of the changes up to this package is being written: they are told with it, and not anew together with later ones. */
  writing: Key.optional(),
  /** What that file takes them for. */
  writing_as: Taken.optional(),
});
export type TellingChanges = z.infer<typeof TellingChanges>;
