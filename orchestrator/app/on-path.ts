/** Whether a program would be found, without starting it. */
import { join } from 'node:path';
import type { Host } from './host.ts';

export function isOnPath({ env, runtime, isFile }: Pick<Host, 'env' | 'runtime' | 'isFile'>, program: string): boolean {
  const isWindows = runtime.system.startsWith('win32');
  const folders = (env['PATH'] ?? '').split(isWindows ? ';' : ':');
  return folders.some((folder) => folder !== '' && isFile(join(folder, isWindows ? `${program}.exe` : program)));
}
