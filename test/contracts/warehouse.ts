/**
 * The promises of `orchestrator/warehouse/contract.ts`, as checks that every driver must pass. They are data, so that
 * a test can also show that a broken driver fails them.
 */
import { describe, it } from 'vitest';
import { LIMIT_MILLISECONDS } from './limit.ts';
import { digestChecks } from './warehouse-digests.ts';
import { domainChecks } from './warehouse-domains.ts';
import { onceChecks } from './warehouse-once.ts';
import { agreesWithOracle } from './warehouse-oracle.ts';
import type { Tested, WarehouseCheck } from './warehouse-samples.ts';
import { scanChecks } from './warehouse-scans.ts';
import { tableChecks } from './warehouse-tables.ts';
import { togetherChecks } from './warehouse-together.ts';
import { typeChecks } from './warehouse-types.ts';
import { writeChecks } from './warehouse-writes.ts';

export const warehouseChecks: readonly WarehouseCheck[] = [
  ...writeChecks,
  ...tableChecks,
  ...typeChecks,
  ...domainChecks,
  ...onceChecks,
  ...togetherChecks,
  ...scanChecks,
  ...digestChecks,
  {
    promise: 'any sequence of packages leaves what an oracle says, and the counts balance',
    run: agreesWithOracle,
  },
];

/** Runs one check against a fresh warehouse, and closes it. */
export async function runCheck({ run }: WarehouseCheck, open: () => Promise<Tested>): Promise<void> {
  const warehouse = await open();
  try {
    await run(warehouse);
  } finally {
    await warehouse.close();
  }
}

/**
 * Holds a driver to every check, each with the fresh, empty warehouse that `open` answers; called at the top level of its test. A slow
 * one may take longer for one check.
 */
export function warehouseContract(
  name: string,
  open: () => Promise<Tested>,
  limitMilliseconds = LIMIT_MILLISECONDS,
): void {
  describe(`${name} keeps the warehouse contract`, { timeout: limitMilliseconds }, () => {
    for (const check of warehouseChecks) it(check.promise, () => runCheck(check, open));
  });
}
