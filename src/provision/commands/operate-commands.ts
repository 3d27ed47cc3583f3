import type { Command } from '../../commands/command.ts';
import { text } from '../../commands/option-values.ts';
import type { OperateAsked } from '../serve/run-operate.ts';
import { addDirectory, directoryOf } from './fleet-directory.ts';

interface Shape {
  readonly kind: OperateAsked['kind'];
  readonly summary: string;
  readonly description: string;
  /** What `--all` does; absent: machines are named one by one. */
  readonly all?: string;
}

const shapes: readonly Shape[] = [
  {
    kind: 'hold',
    summary: 'let machines wait until they are released',
    description:
      'A machine that is held boots its disk, or waits. What is being installed goes on.',
    all: 'the fleet as a whole',
  },
  {
    kind: 'release',
    summary: 'let machines that are held install',
    description: 'Takes back what hold did, or what the server did after a clash.',
    all: 'the fleet as a whole; what is held by name stays held',
  },
  {
    kind: 'retry',
    summary: 'try a failed installation again',
    description: 'Gives a machine that has failed its attempts back.',
  },
  {
    kind: 'reinstall',
    summary: 'install machines again that are installed',
    description: 'Everything on the disk is overwritten the next time the machine boots.',
  },
  {
    kind: 'adopt',
    summary: 'take machines for installed as they are',
    description: 'For machines that another server has installed, or after a lost database.',
    all: 'all that are not being installed; releases the fleet',
  },
];

export const operateCommands: readonly Command<OperateAsked>[] = shapes.map(commandFor);

function commandFor({ kind, summary, description, all }: Shape): Command<OperateAsked> {
  return {
    word: kind,
    summary,
    define(commander) {
      commander
        .description(description)
        .argument(all === undefined ? '<machines...>' : '[machines...]', 'their names');
      if (all !== undefined) commander.option('--all', all);
      if (kind === 'hold')
        commander.option('--why <text>', 'shown to who looks at the machine later', text);
      addDirectory(commander);
    },
    read(commander) {
      const { all, why, dir } = commander.opts<{ all?: true; why?: string; dir?: string }>();
      const machines = commander.args;
      if (machines.length === 0 && all === undefined)
        commander.error('the names of machines are missing, or --all');
      if (machines.length > 0 && all) commander.error('--all is given without names');
      return { kind, machines, directory: directoryOf({ dir }), ...(why !== undefined && { why }) };
    },
    run: async (asked) => await (await import('../serve/run-operate.ts')).runOperate(asked),
  };
}
