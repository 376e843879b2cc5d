#!/usr/bin/env node
import { singer } from '../singer.ts';
import { start } from './start.mjs';

await start(singer);
