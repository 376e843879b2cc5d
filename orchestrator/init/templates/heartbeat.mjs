// The smallest job there is: a program that prints one JSON record a line. This one says how the machine is that it runs on.
// The variables that Tidemill sets for it say which run this is, and which span of time it is to read.
import { freemem, loadavg, totalmem } from 'node:os';

const { TIDEMILL_SLOT, TIDEMILL_INTERVAL_START, TIDEMILL_INTERVAL_END } = process.env;

const record = {
  slot: TIDEMILL_SLOT,
  from: TIDEMILL_INTERVAL_START,
  to: TIDEMILL_INTERVAL_END,
  node: process.version,
  platform: process.platform,
  memory: { free: freemem(), total: totalmem() },
  load: loadavg()[0],
};

process.stdout.write(`${JSON.stringify(record)}\n`);
