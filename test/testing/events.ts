/** What the test of a driver of sinks of events needs: `@tidemill/testing/events`. */
export { type EventsSubject, eventsChecks, eventsContract, type Mood } from '../contracts/events.ts';
export { type EventsCheck, eventsOf } from '../contracts/events-check.ts';
