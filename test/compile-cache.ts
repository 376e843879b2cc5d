/** Processes that tests start keep what they compile for each other: to compile is most of what a short one does. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

process.env['NODE_COMPILE_CACHE'] = join(tmpdir(), 'compile-cache');
