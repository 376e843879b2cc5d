/** What a step of the walk through what is missing looks like. */
import type { TidemillError } from '@tidemill/kit';

/** In the order of the walk. */
export const stepNames = ['install', 'environment', 'place', 'secrets', 'sign-in', 'run', 'schedule'] as const;
export type StepName = (typeof stepNames)[number];

/** What a step found. `byHand`: how a person does the same elsewhere, as lines of a shell or words. */
export type Look =
  | { readonly is: 'fine'; readonly says: string }
  /** Can be done here, when somebody says yes. */
  | {
      readonly is: 'open';
      readonly says: string;
      readonly asks: string;
      /** What an empty answer means. */
      readonly byDefault: 'yes' | 'no';
      /** Whether it is done where nobody is asked; `person`: it needs one. */
      readonly unasked: 'yes' | 'no' | 'person';
      readonly byHand: readonly string[];
      /** Answers what came of it. */
      readonly act: (guide: Guide) => Promise<string>;
    }
  /** A value that a person knows. */
  | {
      readonly is: 'input';
      readonly says: string;
      readonly asks: string;
      readonly typed: 'hidden' | 'shown';
      readonly byHand: readonly string[];
      readonly take: (value: string) => Promise<string>;
    }
  /** Only a person can do it, elsewhere. */
  | { readonly is: 'by-hand'; readonly says: string; readonly byHand: readonly string[] };

export interface Step {
  readonly name: StepName;
  /** What it is about, in a word or two. */
  readonly what: string;
  look(): Promise<Look>;
}

/** Whoever is at the terminal, and hears what goes on. */
export interface Guide {
  say(text: string): void;
  /** Undefined where nobody can be asked. Each answers undefined when the person leaves. */
  readonly ask: Asking | undefined;
  openBrowser(url: string): void;
}

interface Asking {
  line(question: string): Promise<string | undefined>;
  /** What is typed is not shown. */
  hidden(question: string): Promise<string | undefined>;
}

export interface StepResult {
  readonly step: StepName;
  readonly what: string;
  /** `open`: it is missing still. */
  readonly is: 'fine' | 'done' | 'skipped' | 'open' | 'failed';
  readonly says: string;
  readonly byHand: readonly string[];
  readonly fault?: TidemillError;
}
