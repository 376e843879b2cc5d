import { type Host, setting } from './host.ts';

/** The page of the run at GitHub; undefined anywhere else. */
export function runUrl(host: Host): string | undefined {
  const parts = ['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID'].map((name) => setting(host, name));
  const [server, repository, run] = parts;
  return parts.includes(undefined) ? undefined : `${server}/${repository}/actions/runs/${run}`;
}

/** Where GitHub shows the log of this leg, or at least of the run it belongs to. */
export function logUrl(host: Host): string | undefined {
  const page = runUrl(host);
  const leg = setting(host, 'TIDEMILL_LEG_ID');
  const attempt = setting(host, 'GITHUB_RUN_ATTEMPT');
  if (page === undefined || (leg === undefined && attempt === undefined)) return page;
  return leg === undefined ? `${page}/attempts/${attempt}` : `${page}/job/${leg}`;
}
