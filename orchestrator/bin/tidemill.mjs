#!/usr/bin/env node
import * as module from 'node:module';
import { setFlagsFromString } from 'node:v8';

// Plain JavaScript, so that a Node too old to read the sources can still say so.
const [major, minor] = process.versions.node.split('.').map(Number);
const isFit = (major === 22 && minor >= 22) || (major === 24 && minor >= 15) || major >= 26;
if (isFit) {
  // The heap's young generation would grow to 128 MB by the objects of thousands of jobs, and save a plan no time. Runs use it.
  if (process.argv[2] === 'plan') setFlagsFromString('--semi-space-growth-factor=1');
  const { CI, GITHUB_ACTIONS } = process.env;
  // Compiled once for a machine that stays. One that is new every time would only pay for keeping it.
  if (!CI && !GITHUB_ACTIONS) module.enableCompileCache();
  // Google's library warns where it finds no identity of the machine. What is missing then, our own errors say.
  const [print] = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => void (warning.name === 'MetadataLookupWarning' || print?.(warning)));
  const { start } = await commandLine(process.env);
  process.exitCode = await start(process.argv.slice(2));
  // What a driver from elsewhere leaves open must not keep a machine.
  setTimeout(() => process.exit(), 10_000).unref();
} else {
  process.stderr.write(
    `Tidemill needs Node 22.22, 24.15, 26 or newer; this is ${process.version} (${process.execPath}).\n` +
      // As a package it brings no Node: only a checkout of the sources does.
      (import.meta.url.includes('/node_modules/')
        ? 'Install a newer Node, then run the same again: https://nodejs.org/\n'
        : 'Run it through npm (`npm start`, `npx tidemill`), which finds the Node 24 that `npm ci` brings on Linux, Windows\n' +
          'and Intel Macs; on other machines install a newer Node: https://nodejs.org/\n'),
  );
  process.exitCode = 2;
}

/** That of the bundle, where one is named and fits; else that of the sources. */
async function commandLine(env) {
  if (env.TIDEMILL_BUNDLE) {
    const { loadBundle } = await import('./bundle.mjs');
    const { start, fault } = await loadBundle(env);
    if (start !== undefined) return { start };
    if (fault !== undefined) process.stderr.write(`${fault}\n`);
  }
  return import('../cli/main.ts');
}
