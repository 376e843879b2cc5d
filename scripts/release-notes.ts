/** The command `node scripts/release-notes.ts VERSION`: prints what CHANGELOG.md says of it, for its release at GitHub. */
import { readFileSync } from 'node:fs';
import { sectionOf } from './packages/changelog.ts';

const [version = ''] = process.argv.slice(2);
process.stdout.write(`${sectionOf(readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8'), version)}\n`);
