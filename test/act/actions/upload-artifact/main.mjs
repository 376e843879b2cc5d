import { cpSync, globSync } from 'node:fs';
import { basename, join } from 'node:path';

const { TIDEMILL_TEST_KEPT: kept, INPUT_NAME: name, INPUT_PATH: path } = process.env;
const files = globSync(path);
for (const file of files) cpSync(file, join(kept, 'artifacts', name, basename(file)));
console.log(`${name}: ${files.length} files`);
