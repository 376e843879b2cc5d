/**
 * Prints the table of promises: tries every service on its fake and says what was kept. Beside them it holds the warehouse
 * to its model for longer than `npm test` does. `npm run test:promises`
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const reporter = join(import.meta.dirname, 'promise-table.ts');
const args = [
  vitest,
  'run',
  'connectors',
  'orchestrator/warehouse',
  '--testNamePattern',
  'contract of connectors and services|what an oracle says|in slices of a few rows|hourly commits',
  '--reporter',
  reporter,
];

const env = { ...process.env, TIDEMILL_TEST_THOROUGH: 'true' };
const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
