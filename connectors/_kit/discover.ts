/** What a connector says of an account before a job reads it. */
import type { Dataset } from './dataset.ts';
import type { ExtractContext } from './extract-context.ts';

/** What it may look with. Nothing it does may change the source, or cost there. */
export type LookContext = Pick<
  ExtractContext<undefined, object>,
  'now' | 'credentials' | 'http' | 'accessToken' | 'signal' | 'system'
>;

/** A value that an option may have for this account. */
export interface Choice {
  /** As it stands in the options of a job. */
  readonly value: string;
  /** What people call it, where that is something else. */
  readonly label?: string;
}

/**
 * The data sets of the account, each once. It throws where the source breaks off: what came until then is then no answer. A source
 * that has none is rather asked whether it has none.
 */
export type Discover = (context: LookContext) => AsyncIterable<Dataset>;

export interface ChoicesContext extends LookContext {
  /** Options of the service's jobs, as the configuration has them: values of one option may lie in what another one names. */
  readonly jobs: readonly Readonly<Record<string, unknown>>[];
}

/** The values, best first: nobody reads more than some hundreds. */
export type Choices = (context: ChoicesContext) => AsyncIterable<Choice>;
