/** Clocks that a test moves: `@tidemill/testing/clock`. */
export { type FakeClock, fakeClock } from '../fakes/clock.ts';
export { type HandClock, handClock } from '../fakes/hand-clock.ts';
