#!/usr/bin/env node
import { airbyte } from '../airbyte.ts';
import { start } from './start.mjs';

await start(airbyte);
