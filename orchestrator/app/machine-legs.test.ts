import { describe, expect, it } from 'vitest';
import { machineLegs, oneMachine } from './machine-legs.ts';

const leg = (packages: string, timeout_minutes = 30) => {
  const runs = 'orders@2026-11-21T06:00:00.000Z';
  return { leg: 'orders', runs, environment: 'dev', timeout_minutes, packages, services: ['shop'], group: 'orders' };
};
const installOf = (packages: string, drivers: readonly string[]): string | undefined =>
  machineLegs([leg(packages)], drivers)[0]?.install;

describe('what a leg installs', () => {
  it('is the orchestrator, its connectors, and the drivers of its environment', () => {
    expect(installOf('@tidemill/shop @tidemill/crm', ['@tidemill/storage-x', '@tidemill/warehouse-y'])).toBe(
      '-w tidemill -w @tidemill/shop -w @tidemill/crm -w @tidemill/storage-x -w @tidemill/warehouse-y',
    );
  });

  it('is the orchestrator alone for commands, and drivers that come with it', () => {
    expect(installOf('', [])).toBe('-w tidemill');
  });

  it('has the root package with it for what comes from elsewhere, which the root depends on', () => {
    expect(installOf('@acme/shop @tidemill/crm', ['@tidemill/storage-x'])).toBe(
      '--include-workspace-root -w tidemill -w @tidemill/crm -w @tidemill/storage-x',
    );
    expect(installOf('', ['@acme/memo'])).toBe('--include-workspace-root -w tidemill');
  });
});

describe('what a leg with the bundle installs besides', () => {
  const outsideOf = (packages: string, drivers: readonly string[], bundled?: readonly string[]): string | undefined =>
    machineLegs([leg(packages)], drivers, bundled)[0]?.outside;
  const BUNDLED = ['tidemill', '@tidemill/shop', '@tidemill/storage-x'];

  it('is nothing where all it needs is in there', () => {
    expect(outsideOf('@tidemill/shop', ['@tidemill/storage-x'], BUNDLED)).toBe('');
  });

  it('is what the bundle leaves out', () => {
    expect(outsideOf('@tidemill/shop', ['@tidemill/warehouse-y'], BUNDLED)).toBe('-w @tidemill/warehouse-y');
  });

  it('is the root for what comes from elsewhere, and the kit: where no workspace is named, npm installs all', () => {
    expect(outsideOf('@acme/shop', [], BUNDLED)).toBe('--include-workspace-root -w @tidemill/kit');
    expect(outsideOf('@acme/shop', ['@tidemill/warehouse-y'], BUNDLED)).toBe(
      '--include-workspace-root -w @tidemill/warehouse-y',
    );
  });

  it('is all of it where the plan was made without a bundle', () => {
    expect(outsideOf('@tidemill/shop', [])).toBe(installOf('@tidemill/shop', []));
  });
});

it('what one machine for all legs installs is everything they need, each once, and it has jobs of all their services', () => {
  const other = { ...leg('@tidemill/crm'), services: ['crm', 'shop'] };
  const legs = [leg('@tidemill/shop @tidemill/crm'), leg(''), other];
  expect(oneMachine(legs, ['@tidemill/storage-x'], ['tidemill', '@tidemill/crm'])).toEqual({
    services: ['shop', 'crm'],
    install: '-w tidemill -w @tidemill/shop -w @tidemill/crm -w @tidemill/storage-x',
    outside: '-w @tidemill/shop -w @tidemill/storage-x',
  });
});

describe('the time of a leg', () => {
  it('is in whole minutes, with a margin, and within what GitHub allows for the longest leg of a plan', () => {
    const minutes = [0.2, 30, 350].map((limit) => machineLegs([leg('', limit)], [])[0]?.timeout_minutes);
    expect(minutes).toEqual([11, 40, 360]);
  });
});
