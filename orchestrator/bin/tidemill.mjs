#!/usr/bin/env node
import * as module from 'node:module';

// Plain JavaScript, so that a Node too old to read the sources can still say so.
const [major, minor] = process.versions.node.split('.').map(Number);
const isFit = (major === 22 && minor >= 22) || (major === 24 && minor >= 15) || major >= 26;
if (isFit) {
  // Compiled once a machine: on a runner that is new every time it neither helps nor costs.
  module.enableCompileCache();
  // Google's library warns where it finds no identity of the machine. What is missing then, our own errors say.
  const [print] = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => void (warning.name === 'MetadataLookupWarning' || print?.(warning)));
  const { main } = await import('../cli/main.ts');
  process.exitCode = await main(process.argv.slice(2));
  // What a driver from elsewhere leaves open must not keep a machine.
  setTimeout(() => process.exit(), 10_000).unref();
} else {
  process.stderr.write(
    `Tidemill needs Node 22.22, 24.15, 26 or newer; this is ${process.version} (${process.execPath}).\n` +
      'Run it through npm (`npm start`, `npx tidemill`), which finds the Node 24 that `npm ci` brings on Linux, Windows\n' +
      'and Intel Macs; on other machines install a newer Node: https://nodejs.org/\n',
  );
  process.exitCode = 2;
}
