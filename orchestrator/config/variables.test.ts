/** What the variables of the process say where the configuration says nothing. */
import { describe, expect, it } from 'vitest';
import { loadFiles, MAIN } from '../../test/fixtures/config.ts';
import type { ConfigError } from './faults.ts';

const JOBS = 'jobs: { a: { service: demo, data_type: things, command: x } }';
const load = (environments: string, env: Record<string, string>, jobs = JOBS) =>
  loadFiles({ [MAIN]: `${environments}\n${jobs}` }, env);

const PLACES = { GCS_BUCKET_RAW_DATA: 'raw', GOOGLE_CLOUD_PROJECT: 'proj', BIGQUERY_DATASET: 'silver' };

const placesOf = (environments: string, name: string, env: Record<string, string>): unknown => {
  const { bucket, warehouses } = load(environments, env).environments.get(name) ?? {};
  return [bucket, warehouses?.get('main')];
};

describe('an environment', () => {
  it('that the configuration only names is where the variables say', () => {
    expect(placesOf('environments: { prd: }', 'prd', PLACES)).toEqual(['gs://raw', 'bigquery://proj/silver']);
    const url = { ...PLACES, GCS_BUCKET_RAW_DATA: ' gs://raw/below ' };
    expect(placesOf('environments: { prd: {} }', 'prd', url)).toEqual(['gs://raw/below', 'bigquery://proj/silver']);
  });

  it('is where the configuration says, whatever they say', () => {
    const both = 'environments: { prd: { bucket: "s3://mine", warehouse: lake } }';
    expect(placesOf(both, 'prd', PLACES)).toEqual(['s3://mine', 'lake']);
    const bucket = 'environments: { prd: { bucket: "s3://mine" } }';
    expect(placesOf(bucket, 'prd', PLACES)).toEqual(['s3://mine', 'bigquery://proj/silver']);
    expect(placesOf('global: { gcs_bucket_dev: theirs }', 'dev', PLACES)).toEqual([
      'gs://theirs',
      'bigquery://proj/silver',
    ]);
  });

  it('is what it always is where a part of them is missing', () => {
    const { GOOGLE_CLOUD_PROJECT: _, ...part } = PLACES;
    expect(placesOf('environments: { prd: }', 'prd', part)).toEqual(['gs://raw', 'lake']);
    expect(placesOf('environments: { prd: }', 'prd', { ...PLACES, BIGQUERY_DATASET: '' })).toEqual([
      'gs://raw',
      'lake',
    ]);
  });

  it('that is local stays on this machine', () => {
    for (const environments of ['', 'environments: { local: {} }']) {
      expect(placesOf(environments, 'local', PLACES)).toEqual([
        '/project/.tidemill/local/bucket',
        '/project/.tidemill/local/warehouse.duckdb',
      ]);
    }
  });

  it('that is named nowhere is none', () => {
    expect([...load('', PLACES).environments.keys()]).toEqual(['local']);
  });

  it('without a bucket is a fault that names the variable', () => {
    const refused = (): unknown => {
      try {
        return load('environments: { prd: }', { GOOGLE_CLOUD_PROJECT: 'proj' });
      } catch (error) {
        return (error as ConfigError).faults.map(({ message }) => message);
      }
    };
    expect(refused()).toEqual([expect.stringMatching(/"bucket" is missing: .*; or the variable GCS_BUCKET_RAW_DATA$/)]);
  });
});

describe('a job that waits for its source', () => {
  const crawlOf = (env: Record<string, string>, crawl = '{}') =>
    load('', env, JOBS.replace('command: x', `command: x, crawl: ${crawl}`)).jobs[0]?.crawl;

  it('asks as often as the variables say, unless it says so itself', () => {
    const env = { BACKGROUND_POLL_INTERVAL: '5', BACKGROUND_MAX_POLLS: '7' };
    expect(crawlOf({})).toMatchObject({ poll_interval_seconds: 30, max_polls: 120 });
    expect(crawlOf(env)).toMatchObject({ poll_interval_seconds: 5, max_polls: 7 });
    expect(crawlOf(env, '{ poll_interval_seconds: 30 }')).toMatchObject({ poll_interval_seconds: 30, max_polls: 7 });
  });

  it.each(['0', 'often', '1.5', '-1', '99999'])('does not take %j for a number', (text) => {
    expect(() => crawlOf({ BACKGROUND_POLL_INTERVAL: text })).toThrow(
      'The variable BACKGROUND_POLL_INTERVAL: expected a whole number from 1 to 3600',
    );
  });
});
