import type { Job } from '../config/job.ts';

/** What a job reads is a data set of its service, unless it has a program of its own. */
export const readsUnit = ({ command, runs_service_command }: Pick<Job, 'command' | 'runs_service_command'>): boolean =>
  command === undefined || runs_service_command === true;
