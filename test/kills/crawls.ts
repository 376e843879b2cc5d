/** Runs of crawls, killed at random more than five hundred times: each target is triggered once, and its data is there once. */
import { tellStories } from '../oracles/crawl-stories.ts';

const SEED = Number(process.env['SEED'] ?? 20261130);
const STORIES = 320;
const LEAST_KILLS = 500;

const kills = await tellStories(STORIES, SEED);
console.log(`crawls: ${kills} kills in ${STORIES} stories, no violation (SEED=${SEED})`);
if (kills < LEAST_KILLS) throw new Error(`expected ${LEAST_KILLS} kills at least`);
