import { describe, expect, it } from 'vitest';
import { machineLegs } from './machine-legs.ts';

const leg = (packages: string, timeout_minutes = 30) => {
  const runs = 'orders@2026-11-21T06:00:00.000Z';
  return { leg: 'orders', runs, environment: 'dev', timeout_minutes, packages, services: ['shop'], group: 'orders' };
};
const installOf = (packages: string, drivers: readonly string[]): string | undefined =>
  machineLegs([leg(packages)], drivers)[0]?.install;

describe('what a leg installs', () => {
  it('is the orchestrator, its connectors, and the drivers of its environment', () => {
    expect(installOf('@tidemill/shop @tidemill/crm', ['@tidemill/storage-x', '@tidemill/warehouse-y'])).toBe(
      '-w @tidemill/orchestrator -w @tidemill/shop -w @tidemill/crm -w @tidemill/storage-x -w @tidemill/warehouse-y',
    );
  });

  it('is the orchestrator alone for commands, and drivers that come with it', () => {
    expect(installOf('', [])).toBe('-w @tidemill/orchestrator');
  });

  it('has the root package with it for what comes from elsewhere, which the root depends on', () => {
    expect(installOf('@acme/shop @tidemill/crm', ['@tidemill/storage-x'])).toBe(
      '--include-workspace-root -w @tidemill/orchestrator -w @tidemill/crm -w @tidemill/storage-x',
    );
    expect(installOf('', ['@acme/memo'])).toBe('--include-workspace-root -w @tidemill/orchestrator');
  });
});

describe('the time of a leg', () => {
  it('is in whole minutes, with a margin, and within what GitHub allows for the longest leg of a plan', () => {
    const minutes = [0.2, 30, 350].map((limit) => machineLegs([leg('', limit)], [])[0]?.timeout_minutes);
    expect(minutes).toEqual([11, 40, 360]);
  });
});
