import { describe, expect, it } from 'vitest';
import { machineLegs } from './machine-legs.ts';

const leg = (packages: string, timeout_minutes = 30) => {
  const runs = 'orders@2026-11-21T06:00:00.000Z';
  return { leg: 'orders', runs, environment: 'dev', timeout_minutes, packages, services: ['shop'] };
};
const installOf = (packages: string, bucket: string, warehouse: string): string | undefined =>
  machineLegs([leg(packages)], {
    bucket,
    warehouses: new Map([
      ['main', warehouse],
      ['archive', warehouse],
    ]),
  })[0]?.install;

describe('what a leg installs', () => {
  it('is the orchestrator, its connectors, and the drivers of the bucket and the warehouse', () => {
    expect(installOf('@tidemill/shop @tidemill/crm', 'gs://my-bucket', '/data/warehouse.duckdb')).toBe(
      '-w @tidemill/orchestrator -w @tidemill/shop -w @tidemill/crm -w @tidemill/storage-gcs -w @tidemill/warehouse-duckdb',
    );
  });

  it('is the orchestrator alone for commands, a folder, and a warehouse without a driver of its own', () => {
    expect(installOf('', '/data/bucket', 'bigquery://data.duckdb')).toBe('-w @tidemill/orchestrator');
  });

  it('has the root package with it for a connector from elsewhere, which the root depends on', () => {
    expect(installOf('@acme/shop @tidemill/crm', 's3://my-bucket', 'bigquery://project/data')).toBe(
      '--include-workspace-root -w @tidemill/orchestrator -w @tidemill/crm -w @tidemill/storage-s3',
    );
  });
});

describe('the time of a leg', () => {
  it('is in whole minutes, with a margin, and within what GitHub allows for the longest leg of a plan', () => {
    const minutes = [0.2, 30, 350].map(
      (limit) => machineLegs([leg('', limit)], { bucket: '', warehouses: new Map() })[0]?.timeout_minutes,
    );
    expect(minutes).toEqual([11, 40, 360]);
  });
});
