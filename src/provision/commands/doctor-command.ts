import type { Command } from '../../commands/command.ts';
import type { DoctorAsked } from '../doctor/run-doctor.ts';
import { addFleet, fleetOf } from './fleet-directory.ts';

export const doctorCommand: Command<DoctorAsked> = {
  word: 'doctor',
  summary: 'show how far a machine came, and what to do next',
  define(commander) {
    addFleet(commander)
      .description(
        'Asks the server what it knows of a machine, from its first DHCP request to the\ninstalled system, a line for each step.',
      )
      .argument('<mac>', 'the MAC address of the machine');
  },
  read: (commander) => ({ directory: fleetOf(commander), mac: commander.args[1] as string }),
  run: async (asked) => await (await import('../doctor/run-doctor.ts')).runDoctor(asked),
};
