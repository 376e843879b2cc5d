import { asTidemillError } from '@tidemill/kit';
import { errorSummary } from '../report/summary.ts';
import { addSummary } from './github.ts';
import type { Terminal } from './host.ts';

/** Whatever the work throws stands in the summary of the step, too: that is where people look first. */
export async function saidInSummary(host: Terminal, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    addSummary(host, errorSummary(what, asTidemillError(thrown)));
    throw thrown;
  }
}
