import type { TidemillError } from '@tidemill/kit';
import { unsentSummary } from '../report/unsent.ts';
import { printErrors } from './errors.ts';
import { addSummary } from './github.ts';
import type { Terminal } from './host.ts';

/** Tells of events that have not left. They make nothing red: the data is there. */
export async function tellUnsent(terminal: Terminal, untold: readonly TidemillError[]): Promise<void> {
  await printErrors(terminal, untold);
  if (untold.length > 0) await addSummary(terminal, unsentSummary(untold));
}
