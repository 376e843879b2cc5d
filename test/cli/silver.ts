/** What a run has left in the warehouse of a project, asked in its own language. */
import { openDuckDb } from '../../orchestrator/warehouse/duckdb/driver.ts';
import { fakeClock } from '../fakes/clock.ts';
import type { Project } from './project.ts';

/** Rows of one statement, as texts; NULL as the empty one. */
export async function query(here: Project, sql: string): Promise<readonly (readonly string[])[]> {
  const warehouse = openDuckDb({ file: here.path('.tidemill/local/warehouse.duckdb'), clock: fakeClock() });
  try {
    return (await warehouse.query(sql)).rows.map((row) => row.map((value) => value ?? ''));
  } finally {
    await warehouse.close();
  }
}
