import { cpSync } from 'node:fs';
import { join } from 'node:path';

const { TIDEMILL_TEST_KEPT: kept, GITHUB_WORKSPACE: workspace, INPUT_KEY: key, INPUT_PATH: path } = process.env;
cpSync(join(workspace, path), join(kept, 'cache', key), { recursive: true, errorOnExist: true, force: false });
