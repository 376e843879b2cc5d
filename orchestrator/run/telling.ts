import { type Attachment, errorKinds, type TidemillError } from '@tidemill/kit';
import { framesOf } from '@tidemill/kit/frames';
import { redactor } from '@tidemill/kit/redact';
import { redacted } from '../events/redacted.ts';
import type { Failure, Happening } from '../events/run-event.ts';
import { fold, type RunSoFar } from '../result/fold.ts';
import type { JobResult } from '../result/result.ts';
import { resultOf } from '../result/result-of.ts';
import type { JobState } from '../state/job-state.ts';
import type { Order, World } from './order.ts';
import { outlookOf, type SlotEnding } from './outlook.ts';

/** Tells what happens in one run: made clean of the job's secrets, handed to the observers, and added to what is known of the run. */
export class Telling {
  readonly startedAt: Date;
  readonly #order: Order;
  readonly #world: World;
  #redactor: { readonly secrets: number; readonly redact: (text: string) => string } | undefined;
  #soFar: RunSoFar | undefined;

  constructor(order: Order, world: World) {
    this.#order = order;
    this.#world = world;
    this.startedAt = world.clock.now();
    const { job, interval, mode } = order;
    const { environment, logUrl } = world;
    this.#tell(this.startedAt, {
      type: 'started',
      service: job.service,
      data_type: job.data_type,
      environment,
      mode,
      interval: { start: interval.start.toISOString(), end: interval.end.toISOString() },
      tolerance_minutes: job.tolerance_minutes,
      description: job.description,
      ...(order.next === undefined ? {} : { next: order.next }),
      ...(logUrl === undefined ? {} : { log_url: logUrl }),
    });
  }

  /** What is known of the run by now. */
  get soFar(): RunSoFar {
    return this.#soFar as RunSoFar;
  }

  tell(happening: Happening): void {
    this.#tell(this.#world.clock.now(), happening);
  }

  notice(message: string): void {
    this.tell({ type: 'notice', message });
  }

  /** Ends the run with its failure. `state` is as the run left it, where that is known. */
  failed(error: TidemillError, slot: SlotEnding, state?: JobState): void {
    const outlook = outlookOf(this.#order, slot, state, this.#world.environment);
    const is_settled = slot === 'settled';
    const { attachments = [] } = error;
    if (attachments.length > 0)
      this.#world.onAttachments?.(
        this.#place,
        attachments.map((one) => this.#cleaned(one)),
      );
    this.tell({
      type: 'failed',
      failure: failureOf(error),
      frames: error.kind === 'bug' ? framesOf(error.cause) : [],
      is_settled,
      outlook,
    });
  }

  /** A text of the run that is kept elsewhere than in events. */
  clean(text: string): string {
    const secrets = [...this.#order.secrets, ...(this.#world.derived ?? [])];
    if (this.#redactor?.secrets !== secrets.length)
      this.#redactor = { secrets: secrets.length, redact: redactor(secrets) };
    return this.#redactor.redact(text);
  }

  get #place(): { readonly job: string; readonly slot: string } {
    return { job: this.#order.job.id, slot: this.#order.slot };
  }

  #cleaned(attachment: Attachment): Attachment {
    if (!attachment.contentType.startsWith('text/')) return attachment;
    return { ...attachment, bytes: Buffer.from(this.clean(Buffer.from(attachment.bytes).toString())) };
  }

  result(): JobResult {
    return resultOf(this.soFar);
  }

  #tell(at: Date, happening: Happening): void {
    const clean = redacted(happening, (text) => this.clean(text));
    const event = { ...clean, at: at.toISOString(), ...this.#place, run: this.#world.runId };
    this.#soFar = fold(this.#soFar, event);
    this.#world.onEvent(event);
  }
}

function failureOf({ kind, code, message, hint, exitCode: exit, request }: TidemillError): Failure {
  const { who } = errorKinds[kind];
  return {
    ...{ kind, code, message, exit, who },
    ...(hint === undefined ? {} : { hint }),
    ...(request === undefined ? {} : { request }),
  };
}
