import type { Assignment } from './assignments.ts';

/** What never runs together: one job's slots, one serial service's jobs. */
export const laneOf = ({ job, service }: Pick<Assignment, 'job' | 'service'>): string =>
  service.serial ? `service ${service.name}` : job.id;

/**
 * Runs some assignments at a time, but never together what stands in one lane. A job
 * whose run did not end well (`run` answers false) holds its own later slots back.
 */
export async function inLanes(
  assignments: readonly Assignment[],
  width: number,
  run: (assignment: Assignment) => Promise<boolean>,
): Promise<void> {
  const byLane = Map.groupBy(assignments, laneOf);
  const lanes = [...byLane.values()];
  const worker = async (): Promise<void> => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
      const held = new Set<string>();
      for (const assignment of lane) {
        if (held.has(assignment.job.id)) continue;
        if (!(await run(assignment))) held.add(assignment.job.id);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}
