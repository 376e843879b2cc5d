import type { Target } from './assignments.ts';

/**
 * Runs some targets at a time, but never together what stands in one lane: one job's slots, one serial service's jobs. A job
 * whose run did not end well (`run` answers false) holds its own later slots back.
 */
export async function inLanes(
  targets: readonly Target[],
  width: number,
  run: (target: Target) => Promise<boolean>,
): Promise<void> {
  const byLane = Map.groupBy(targets, ({ job, service }) => (service.serial ? `service ${service.name}` : job.id));
  const lanes = [...byLane.values()];
  const worker = async (): Promise<void> => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) {
      const held = new Set<string>();
      for (const target of lane) {
        if (held.has(target.job.id)) continue;
        if (!(await run(target))) held.add(target.job.id);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}
