import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a transform of a test needs of this process: where packages are to be had, and how to get there. */
export const OF_UV = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && /^(HOME$|uv_|pip_|ssl_cert_|(https?|no|all)_proxy$)/i.test(name) ? [[name, value]] : [],
  ),
);

/** Gives a project the installations of dbt that are there for all: to install it and to compile it takes as long as to run it. */
export function shareInstallations(path: (...parts: string[]) => string): void {
  const here = path('.tidemill', 'dbt', 'installed');
  mkdirSync(dirname(here), { recursive: true });
  symlinkSync(join(process.env['TIDEMILL_TEST_DBT'] ?? '', 'installed'), here);
}
