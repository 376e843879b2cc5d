/** What a run has left in the warehouse of a project, asked in its own language. */
import { openDuckDb } from '../../orchestrator/warehouse/duckdb/driver.ts';
import { fakeClock } from '../fakes/clock.ts';
import type { Project } from './project.ts';

/** Rows of one statement, as texts. */
export async function query(here: Project, sql: string): Promise<readonly (readonly string[])[]> {
  const warehouse = openDuckDb({ file: here.path('.tidemill/local/warehouse.duckdb'), clock: fakeClock() });
  try {
    return (await warehouse.query(sql)).rows;
  } finally {
    await warehouse.close();
  }
}
