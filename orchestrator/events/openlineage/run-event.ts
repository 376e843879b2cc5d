/**
 * What is published of a run as a run event of OpenLineage: https://openlineage.io/docs/spec/run-cycle. A run has one id from its
 * beginning to its end, and an event that is sent again is the same. Pure.
 */
import { kindOf, type PublishedEvent } from '../published/envelope.ts';
import type { Said } from '../published/kinds.ts';
import { type Dataset, datasetsOf, type Ended } from './datasets.ts';
import { EVENT_SCHEMA, type Facets, facet, PRODUCER, version } from './facets.ts';
import { namespaceOf } from './namespace.ts';
import { runIdOf } from './run-id.ts';

type Started = Said<'run-started'>;
type Failed = Said<'run-failed'>;

export interface RunEvent {
  readonly eventType: 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';
  /** UTC instant. */
  readonly eventTime: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Facets };
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly Dataset[];
  readonly producer: string;
  readonly schemaURL: string;
}

/** Undefined for what OpenLineage has no event for: the end of a run tells of its data. `namespace` is that of jobs. */
export function runEventOf(event: PublishedEvent, namespace = event.source): RunEvent | undefined {
  const own = namespaceOf(namespace);
  switch (kindOf(event)) {
    case 'run-started':
      return whole(event, own, 'START', event.data.data as Started, {});
    case 'run-completed': {
      const said = event.data.data as Said<'run-completed'>;
      return whole(event, own, 'COMPLETE', said, testsOf(said), datasetsOf(said, own));
    }
    case 'run-failed': {
      const said = event.data.data as Failed;
      const facets = { ...testsOf(said), ...faultOf(said) };
      return whole(event, own, said.outcome === 'stopped' ? 'ABORT' : 'FAIL', said, facets, datasetsOf(said, own));
    }
    default:
      return undefined;
  }
}

const NO_DATASETS = { inputs: [], outputs: [] };

function whole(
  { subject, time }: PublishedEvent,
  namespace: string,
  eventType: RunEvent['eventType'],
  said: Started | Ended,
  facets: Facets,
  datasets: Pick<RunEvent, 'inputs' | 'outputs'> = NO_DATASETS,
): RunEvent {
  const { environment, job, slot, run, continues = run, description } = said;
  return {
    eventType,
    eventTime: time,
    run: { runId: runIdOf(environment, job, slot, continues), facets: { ...runFacets(said), ...facets } },
    job: { namespace, name: subject, facets: jobFacets(description) },
    ...datasets,
    producer: PRODUCER,
    schemaURL: EVENT_SCHEMA,
  };
}

const jobFacets = (description?: string): Facets => ({
  jobType: facet('JobTypeJobFacet', { processingType: 'BATCH', integration: 'TIDEMILL', jobType: 'JOB' }),
  ...(description === undefined ? {} : { documentation: facet('DocumentationJobFacet', { description }) }),
});

/** Intervals of a job follow each other without a hole, as nominal times do. */
function runFacets({ interval, mode, slot, attempt, commit }: Started | Ended): Facets {
  const parameters = Object.entries({ slot, attempt, mode, commit }).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: String(value) }],
  );
  return {
    processing_engine: facet('ProcessingEngineRunFacet', { name: 'Tidemill', version }),
    executionParameters: facet('ExecutionParametersRunFacet', { parameters }),
    ...(interval === undefined
      ? {}
      : {
          nominalTime: facet('NominalTimeRunFacet', {
            nominalStartTime: interval.start,
            nominalEndTime: interval.end,
          }),
        }),
  };
}

/** Gates are asked of the run: each is a test, with how it is not met. */
function testsOf({ gates = [] }: Pick<Ended, 'gates'>): Facets {
  if (gates.length === 0) return {};
  const tests = gates.map(({ gate, is_met, says }) => ({
    ...{ name: gate, type: gate, status: is_met ? 'pass' : 'fail' },
    ...(says === undefined ? {} : { description: says }),
  }));
  return { test: facet('TestRunFacet', { tests }) };
}

const NO_WORD = 'The run ended without a word, and nobody knows what it did: it was killed, or its machine was lost';

function faultOf({ outcome, failure }: Failed): Facets {
  if (outcome === 'stopped') return {};
  const { message = NO_WORD, code = 'died', hint } = failure ?? {};
  const says = `${message} (${code})${hint === undefined ? '' : `. ${hint}`}`;
  return { errorMessage: facet('ErrorMessageRunFacet', { message: says, programmingLanguage: 'TypeScript' }) };
}
