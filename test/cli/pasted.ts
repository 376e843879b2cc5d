/** What `tidemill new-connector` prints for the configuration, put where it says. */
import assert from 'node:assert/strict';

/** Below `services:` and `jobs:`, of which the configuration has both. */
export function pasted(config: string, printed: string): string {
  const [, services, jobs] = /^services:\n((?: .*\n)+)jobs:\n((?: .*\n)+)/m.exec(printed) ?? [];
  assert(services !== undefined && jobs !== undefined, 'nothing to paste was printed');
  return config.replace(/^services:\n/m, `$&${services}`).replace(/^jobs:\n/m, `$&${jobs}`);
}
