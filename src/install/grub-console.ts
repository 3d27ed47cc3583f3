import type { Console } from '../parameters/consoles.ts';

/** Lines of GRUB script that make it use these consoles. */
export function consoleCommands(consoles: readonly Console[]): string[] {
  const serial = consoles.flatMap((one) => one.serial ?? []);
  const terminals = new Set(consoles.map((one) => (one.serial ? 'serial' : 'console')));
  const names = [...terminals].sort().join(' ');
  return [
    ...serial.map(
      ({ unit, speed, bits, parity }) =>
        `serial --unit=${unit} --speed=${speed} --word=${bits} --parity=${parity}`,
    ),
    `terminal_input ${names}`,
    `terminal_output ${names}`,
  ];
}

const start = '# CONSOLE-SETTINGS-START';
const end = '# CONSOLE-SETTINGS-END';

/**
 * Replaces what is between the two lines that mark the place of the console in a script of
 * GRUB's. Undefined unless each of them is there once, the first one first.
 */
export function withConsoleCommands(
  script: string,
  commands: readonly string[],
): string | undefined {
  const lines = script.split('\n');
  const places = [start, end].map((mark) =>
    lines.flatMap((line, index) => (line === mark || line === `${mark}\r` ? [index] : [])),
  );
  const [[from, ...more] = [], [to, ...others] = []] = places;
  if (from === undefined || to === undefined || from > to) return undefined;
  if (more.length + others.length > 0) return undefined;
  return [...lines.slice(0, from + 1), ...commands, ...lines.slice(to)].join('\n');
}
