/** What an action may take of the memory, and more of it where that was too little. */
import { TidemillError } from '@tidemill/kit';
import type { FileSession } from './session.ts';

/** Runs the action, and once more with each of these limits, in MB, for as long as it fails for want of memory. */
export async function withMoreMemory<T>(
  session: FileSession,
  limits: readonly number[],
  action: () => Promise<T>,
): Promise<T> {
  for (const limit of limits) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof TidemillError) || error.code !== 'warehouse-memory') throw error;
      await session.limitMemory(limit);
    }
  }
  return action();
}
