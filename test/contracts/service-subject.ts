/** What a service's test hands over, and what a check of a service is given. */
import type { Expected, SourceFake, StreamTrial, Subject } from './connector-trial.ts';
import type { PromiseName } from './service-promises.ts';

/**
 * An answer that is none. Without headers and body the fake answers as the vendor does with this status: its body, and
 * the headers that say how long to wait.
 */
export interface Disturbance {
  /** Data requests, counted from now, that are still answered well. */
  readonly after: number;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How many requests get it, one after the other; 1 if not given. */
  readonly times?: number;
}

/** The vendor, written from its specification: strict about parameters, with tokens that expire. */
export interface ServiceFake<Contents> extends SourceFake<Contents> {
  /** Values the fake accepts, by the connector's credential names. After `revokeTokens` a new seed is among them. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Data requests answered so far, refusals and disturbances among them; token requests are none. */
  readonly requests: number;
  /** Every secret and token that ever existed in this fake. */
  readonly secrets: readonly string[];
  disturb(disturbance: Disturbance): void;
  /** Every access token handed out so far is refused from now on. */
  expireTokens(): void;
  /** The refresh token (where there is one) and all access tokens are refused for good. */
  revokeTokens(): void;
}

/** `later` and `malformed` of the connector contract are `news` and `retyped` here. */
export interface ServiceStreamTrial<Contents> extends Omit<StreamTrial<Contents>, 'later' | 'malformed'> {
  /** `first` and something newer. */
  readonly news: Expected<Contents>;
  /** `first` and a record that appears with the second run although its date is before the first. */
  readonly late?: Expected<Contents>;
  /** `first` with another value in one row; as many rows. */
  readonly edited?: Expected<Contents>;
  /** `first` without one row. */
  readonly deleted?: Expected<Contents>;
  /** A new account. */
  readonly empty: Expected<Contents>;
  /** `first` with a record that lacks a field. `rows` counts it if the schema tolerates that. */
  readonly without: Expected<Contents>;
  /** `first` with a record in which a field is of another type. `rows` counts the others. */
  readonly retyped: Expected<Contents>;
  /** So many records, made by the fake as they are asked for. Given for the service's largest stream, and only there. */
  many?(records: number): Expected<Contents>;
  /** Promises that the vendor makes impossible, each with the sentence that the connector's README says about it. */
  readonly cannot?: Partial<Readonly<Record<PromiseName, string>>>;
}

export interface ServiceTrial<Contents = unknown> {
  /** The connector's `index.ts`. */
  readonly module: URL;
  /** A new account that holds nothing yet. */
  open(): Promise<ServiceFake<Contents>>;
  /** By data type: every stream has one. */
  readonly streams: Readonly<Record<string, ServiceStreamTrial<Contents>>>;
}

/** What a check of a service is given. */
export interface ServiceSubject extends Subject {
  readonly trial: ServiceStreamTrial<unknown> & StreamTrial<unknown>;
  readonly open: () => Promise<ServiceFake<unknown>>;
}
