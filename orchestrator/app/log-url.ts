import { type Host, setting } from './host.ts';

/** Where GitHub shows the log of this leg, or at least of the run it belongs to; undefined anywhere else. */
export function logUrl(host: Host): string | undefined {
  const [server, repository, run] = ['GITHUB_SERVER_URL', 'GITHUB_REPOSITORY', 'GITHUB_RUN_ID'].map((name) =>
    setting(host, name),
  );
  if (server === undefined || repository === undefined || run === undefined) return undefined;
  const page = `${server}/${repository}/actions/runs/${run}`;
  const leg = setting(host, 'TIDEMILL_LEG_ID');
  if (leg !== undefined) return `${page}/job/${leg}`;
  const attempt = setting(host, 'GITHUB_RUN_ATTEMPT');
  return attempt === undefined ? page : `${page}/attempts/${attempt}`;
}
