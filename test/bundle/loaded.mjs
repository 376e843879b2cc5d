/** Preloaded into a process: when it ends, what it has loaded goes to the file that LOADED names: sources of ours, and parts of Node. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const sources = [];

registerHooks({
  load(url, context, next) {
    const map = url.includes('/chunks/') ? `${fileURLToPath(url)}.map` : '';
    // What the bundler adds has none.
    if (existsSync(map)) sources.push(...JSON.parse(readFileSync(map, 'utf8')).sources);
    return next(url, context);
  },
});

process.on('exit', () => {
  const ours = sources.filter((source) => !source.includes('node_modules'));
  writeFileSync(process.env.LOADED, JSON.stringify([...ours, ...process.moduleLoadList]));
});
