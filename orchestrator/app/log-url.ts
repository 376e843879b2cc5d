import { type Host, setting } from './host.ts';

/** The page of the run at GitHub; undefined anywhere else. */
export function runUrl(host: Host): string | undefined {
  const [repository, run] = [repositoryUrl(host), setting(host, 'GITHUB_RUN_ID')];
  return repository === undefined || run === undefined ? undefined : `${repository}/actions/runs/${run}`;
}

/** The repository whose workflow this is; undefined anywhere else. */
export function repositoryUrl(host: Host): string | undefined {
  const [server, repository] = [setting(host, 'GITHUB_SERVER_URL'), setting(host, 'GITHUB_REPOSITORY')];
  return server === undefined || repository === undefined ? undefined : `${server}/${repository}`;
}

/** Where GitHub shows the log of this leg, or at least of the run it belongs to. */
export function logUrl(host: Host): string | undefined {
  const page = runUrl(host);
  const leg = setting(host, 'TIDEMILL_LEG_ID');
  const attempt = setting(host, 'GITHUB_RUN_ATTEMPT');
  if (page === undefined || (leg === undefined && attempt === undefined)) return page;
  return leg === undefined ? `${page}/attempts/${attempt}` : `${page}/job/${leg}`;
}
