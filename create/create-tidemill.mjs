#!/usr/bin/env node
// `npm create tidemill my-data` is `tidemill init my-data`, of the same version.
process.argv.splice(2, 0, 'init');
await import('../orchestrator/bin/tidemill.mjs');
