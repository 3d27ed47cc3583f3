/**
 * What `/api/v1` answers, as JSON: for the page, `coreos-provision status` and scripts. Types only.
 *
 * Everything can be read without a token. Actions are `POST`s with `Authorization: Bearer TOKEN`:
 * `/api/v1/machines/NAME/{hold,release,retry,reinstall,adopt}` for one machine (name percent-encoded),
 * `/api/v1/{hold,release,adopt}` for all of them. They answer `ActionDone`. What fails is answered
 * with an `ApiError`: 401 without a valid token, 404 for an unknown name, 409 for what the machine's
 * state does not allow.
 */
import type { Failure } from '../lib/errors.ts';
import type { Link } from './doctor/diagnose.ts';
import type { FleetEvent } from './happened/fleet-event.ts';
import type { FleetView, MachineView } from './rule/views.ts';

/** `GET /api/v1/machines/NAME` */
export interface MachineAnswer {
  readonly machine: MachineView;
  /** Its newest 100, oldest first. */
  readonly events: readonly FleetEvent[];
}

/** `GET /api/v1/doctor/MAC`: how far the machine came; the first link that is wrong has the next step. */
export interface DoctorAnswer {
  readonly links: readonly Link[];
}

/** `GET /api/v1/events?after=SEQ&machine=NAME`, both optional: at most 1000, oldest first. */
export interface EventsAnswer {
  readonly events: readonly FleetEvent[];
}

/**
 * `GET /api/v1/stream`: server-sent events, at most one a second, each with an `id` that means
 * nothing to the client. The first is `view`, a whole `FleetView`; later ones are `changes`. A client
 * that comes back with `Last-Event-ID` gets `changes` at once if the server still knows what has
 * changed since then, else `view` again. `alive` (data: `{}`) is sent every 15 s: by it the page tells
 * silence from a dead connection.
 *
 * All but `machines` is whole: what is absent here (`gateClosed`, `loadFailure`) is no more.
 */
export interface FleetChanges extends Omit<FleetView, 'machines'> {
  /** Whole as well, of those machines that have changed or are new. */
  readonly machines: readonly MachineView[];
  /** Names. */
  readonly removed: readonly string[];
}

/** The body of an action; may be left out. */
export interface ActionRequest {
  /** For `hold`: is shown to who looks at the machine later. */
  readonly why?: string | undefined;
}

export interface ActionDone {
  /** Names of those that the action has changed. */
  readonly machines: readonly string[];
  /** Why the machine that was named is still held: its installation waits for `release`. */
  readonly held?: string;
}

export interface ApiError {
  /** For people: what cannot be done, why, and what to do next. */
  readonly error: string;
  /** The same in parts, with the code of docs/exit-codes.md; absent for what is no known failure. */
  readonly failure?: Failure;
}
