import { appendFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const { TIDEMILL_TEST_KEPT: kept, GITHUB_OUTPUT: output } = process.env;
statSync(join(kept, 'artifacts', 'github-pages', 'index.html'));
appendFileSync(output, 'page_url=https://example.com/\n');
