// Started in a folder with packages of ours: imports every module of theirs, and what each exports, and prints as JSON those that cannot be.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const installed = resolve('node_modules');
const scoped = readdirSync(join(installed, '@tidemill')).map((name) => `@tidemill/${name}`);
/** Programs, which would run; and what a page shows in a browser. */
const NO_MODULE = /^(?:tidemill|@tidemill\/taps)\/bin\/|^tidemill\/init\/templates\/|^@tidemill\/site\/browser\.js$/;
/** What connectors are made of, which is copied: a program, among others. */
const COPIED = /^tidemill\/init\/connector-kinds\//;

const faults = {};
let imported = 0;
const tried = async (specifier) => {
  try {
    await import(specifier);
    imported += 1;
  } catch (error) {
    faults[specifier] = String(error);
  }
};

for (const name of ['tidemill', ...scoped]) {
  const folder = join(installed, name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?js$/.test(entry.name))
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !COPIED.test(path))
    .filter((path) => !path.slice(name.length).includes('/node_modules/') && !NO_MODULE.test(path));
  for (const path of files) await tried(pathToFileURL(join(installed, path)).href);
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const key of Object.keys(exports)) {
    if (key.endsWith('.json') || key.includes('*') || NO_MODULE.test(join(name, key))) continue;
    await tried(join(name, key));
  }
}
console.log(JSON.stringify({ imported, faults }));
process.exit();
