import { say, sayJson } from '../../ui/output.ts';
import type { EventsAnswer } from '../api.ts';
import type { FleetEvent } from '../model.ts';
import { askServer, unlessRefused } from './ask-server.ts';

export interface EventsAsked {
  readonly directory: string;
  readonly after: number;
  readonly machine?: string;
  readonly json: boolean;
}

/** Prints events, oldest first; returns the exit code. */
export async function runEvents({ directory, after, machine, json }: EventsAsked): Promise<number> {
  return await unlessRefused(async () => {
    const filter = machine === undefined ? '' : `&machine=${encodeURIComponent(machine)}`;
    for (let seq = after; ; ) {
      const path = `/api/v1/events?after=${seq}${filter}`;
      const { events } = await askServer<EventsAnswer>(directory, path);
      for (const event of events) {
        if (json) sayJson(event);
        else say(lineOf(event));
      }
      const last = events.at(-1);
      if (last === undefined) return;
      seq = last.seq;
    }
  });
}

function lineOf({ seq, atMs, kind, machine = '-', actor, sourceIp, data }: FleetEvent): string {
  const from = sourceIp === undefined ? '' : ` (${sourceIp})`;
  const more = Object.keys(data).length === 0 ? '' : ` ${JSON.stringify(data)}`;
  return `${seq} ${new Date(atMs).toISOString()} ${machine} ${kind} by ${actor}${from}${more}`;
}
