import type { Command } from '../../commands/command.ts';
import { exitCodes } from '../../lib/errors.ts';
import { say, sayJson } from '../../ui/output.ts';
import type { ActionDone, EventsAnswer } from '../api.ts';
import type { FleetEvent } from '../happened/fleet-event.ts';
import type { Operation } from '../rule/control-interface.ts';
import { countOf } from '../serve/count-of.ts';
import { askServer } from './ask-server.ts';
import { exitCodeOf, fleetCommand } from './fleet-command.ts';
import type { StatusOptions } from './show-status.ts';

const status = fleetCommand<StatusOptions>({
  word: 'status',
  summary: 'show the machines of a fleet, and which need you',
  description: 'Shows what the page shows: counts, what is being installed, who needs a human.',
  fleet: 'option',
  options: {
    '--all': 'a line for every machine',
    '--watch': 'show it again whenever it changes, until Ctrl-C',
    '--json': 'print JSON, for scripts',
  },
  objection: ({ options: { watch, json } }) =>
    watch && json ? '--watch is for people, --json for scripts: give one' : undefined,
  run: async ({ directory, options }) =>
    await (await import('./show-status.ts')).showStatus(directory, options),
});

/** What operators do to machines. */
const operations: readonly {
  readonly kind: Operation['kind'];
  readonly summary: string;
  readonly description: string;
  /** What `--all` does; absent: machines are named one by one. */
  readonly all?: string;
  /** What a machine then is. */
  readonly done: string;
}[] = [
  {
    kind: 'hold',
    summary: 'let machines wait until they are released',
    description: 'A machine that is held boots its disk. What is being installed goes on.',
    all: 'the fleet as a whole',
    done: 'held',
  },
  {
    kind: 'release',
    summary: 'let machines that are held install',
    description: 'Takes back what hold did, or what the server did after a clash.',
    all: 'the fleet as a whole; what is held by name stays held',
    done: 'released',
  },
  {
    kind: 'retry',
    summary: 'try a failed installation again',
    description: 'Gives a machine that has failed its attempts back.',
    done: 'tried again',
  },
  {
    kind: 'reinstall',
    summary: 'install machines again that are installed',
    description: 'Everything on the disk is overwritten the next time the machine boots.',
    done: 'installed again when it boots',
  },
  {
    kind: 'adopt',
    summary: 'take machines for installed as they are',
    description: 'For machines that another server has installed, or after a lost database.',
    all: 'all that are not being installed; releases the fleet',
    done: 'taken for installed',
  },
];

const operateCommands = operations.map(({ kind, summary, description, all, done }) =>
  fleetCommand<{ readonly all?: true; readonly why?: string }>({
    word: kind,
    summary,
    description,
    fleet: 'option',
    args: { [all === undefined ? '<machines...>' : '[machines...]']: 'their names' },
    options: {
      ...(all !== undefined && { '--all': all }),
      ...(kind === 'hold' && { '--why <text>': 'shown to who looks at the machine later' }),
    },
    objection({ args, options }) {
      if (args.length === 0 && !options.all) return 'the names of machines are missing, or --all';
      return args.length > 0 && options.all ? '--all is given without names' : undefined;
    },
    async run({ directory, args, options: { all, why } }) {
      const post = async (path: string) => await askServer<ActionDone>(directory, path, { why });
      if (all) {
        const { machines } = await post(`/api/v1/${kind}`);
        say(`The fleet is ${done}: ${countOf(machines.length)}.`);
      }
      let exitCode: number = exitCodes.installed;
      // One that cannot be changed does not keep the others.
      for (const name of args) {
        const code = await exitCodeOf(async () => {
          const { held } = await post(`/api/v1/machines/${encodeURIComponent(name)}/${kind}`);
          say(`${name}: ${done}${held === undefined ? '' : `; it is still held: ${held}`}`);
        });
        exitCode = Math.max(exitCode, code);
      }
      return exitCode;
    },
  }),
);

interface EventsOptions {
  readonly machine?: string;
  readonly after: string;
  readonly json?: true;
}

const events = fleetCommand<EventsOptions>({
  word: 'events',
  summary: 'print what happened, with who did it and from where',
  description: 'Prints the audit log: what machines, operators and the server did.',
  fleet: 'option',
  options: {
    '--machine <name>': 'of one machine only',
    '--after <number>': ['only those after the event with this number', '0'],
    '--json': 'print a JSON object a line, for scripts',
  },
  objection: ({ options: { after } }) =>
    /^\d{1,15}$/.test(after) ? undefined : '--after must be the number of an event',
  async run({ directory, options: { machine, after, json } }) {
    const filter = machine === undefined ? '' : `&machine=${encodeURIComponent(machine)}`;
    let seq = Number(after);
    let events: readonly FleetEvent[];
    do {
      const path = `/api/v1/events?after=${seq}${filter}`;
      ({ events } = await askServer<EventsAnswer>(directory, path));
      for (const event of events) {
        if (json) sayJson(event);
        else say(lineOf(event));
      }
      seq = events.at(-1)?.seq ?? seq;
    } while (events.length > 0);
  },
});

function lineOf({ seq, atMs, kind, machine = '-', actor, sourceIp, data }: FleetEvent): string {
  const from = sourceIp === undefined ? '' : ` (${sourceIp})`;
  const more = Object.keys(data).length === 0 ? '' : ` ${JSON.stringify(data)}`;
  return `${seq} ${new Date(atMs).toISOString()} ${machine} ${kind} by ${actor}${from}${more}`;
}

export const operatorCommands: readonly Command[] = [status, ...operateCommands, events];
