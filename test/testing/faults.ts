/** What goes wrong between a program and its bucket, or a service: `@tidemill/testing/faults`. */
export {
  answersLostEverywhere,
  type BucketTrial,
  killedEverywhere,
} from '../contracts/bucket-mishaps.ts';
export {
  type Damage,
  type Fault,
  type FaultProxy,
  faults,
  type ProxiedRequest,
  startFaultProxy,
} from '../fakes/fault-proxy.ts';
