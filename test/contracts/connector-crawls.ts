/** What a connector promises whose source answers later, and what a source that answers nothing comes to. */
import assert from 'node:assert/strict';
import type { JobResult } from '../../orchestrator/result/result.ts';
import { type RunCheck, someOf } from './connector-check.ts';
import { onTrial, type Subject } from './connector-trial.ts';

/**
 * That the source has answered nothing, and that this is its change, or a fault of a configuration that names what is not there. A crawl
 * that was refused for good has failed, and so did its gate.
 */
export function assertRed(
  { result, failure, gates }: JobResult,
  { stream }: Pick<Subject, 'stream'>,
  where: string,
): void {
  if (stream.crawl !== undefined && result === 'done') {
    assert.notDeepEqual(gates, [], `no gate was missed where ${where}`);
    return;
  }
  assert.equal(result, 'failed', `the run was ${result} where ${where}`);
  assert.match(`${failure?.kind}`, /^(source-changed|config)$/, `kind of ${failure?.code}`);
}

export const crawlChecks: readonly RunCheck[] = [
  {
    promise: 'pays for a crawl once, wherever it is killed and run again',
    concerns: ({ stream }) => stream.crawl !== undefined,
    run: async (trial, subject) => {
      const { contents } = subject.trial.first;
      await trial.publish(contents);
      await trial.runs();
      const once = trial.begun;
      assert.notEqual(once, 0, 'nothing was begun');
      for (const diesAt of someOf(trial.reports)) {
        await onTrial(subject, async (killed) => {
          await killed.publish(contents);
          await killed.run({ diesAt });
          await killed.runs({ at: 'later' });
          // The second run has crawls of its own, as it has a slot of its own.
          const where = `killed at progress ${diesAt} of ${trial.reports}`;
          assert(killed.begun <= 2 * once, `${where}: ${killed.begun} crawls of two runs with ${once} each`);
        });
      }
    },
  },
];
