import type { Machine } from './machine.ts';

/** What the installed system reported about itself. */
export interface Report {
  /** The kernel command line. */
  cmdline: string;
  hostname: string;
  /** `ip -o addr` */
  addresses: string;
  /** True when Ignition ran on this boot. */
  ignitionRan: boolean;
  /** State by unit: `active running`, `failed failed`. */
  units: Map<string, string>;
  failedUnits: string[];
}

/** Waits for the installed system's report, and for the machine to power itself off. */
export async function waitForReport(machine: Machine, timeoutMs: number): Promise<Report> {
  const start = machine.console.text.length;
  await machine.console.waitFor(/^@report end$/, timeoutMs);
  await machine.exited;
  return parseReport(machine.console.text.slice(start));
}

function parseReport(text: string): Report {
  const values = new Map<string, string>();
  for (const [, name, encoded] of text.matchAll(/^@report (\w+) ([\w+/=]*)$/gm)) {
    values.set(name ?? '', Buffer.from(encoded ?? '', 'base64').toString('utf8'));
  }
  const value = (name: string): string => (values.get(name) ?? '').trim();
  const units = new Map<string, string>();
  for (const line of value('units').split('\n')) {
    const [unit, , active, sub] = line.trim().split(/\s+/);
    if (unit) units.set(unit, `${active} ${sub}`);
  }
  return {
    cmdline: value('cmdline'),
    hostname: value('hostname'),
    addresses: value('addresses'),
    ignitionRan: value('ignition') === 'ran',
    units,
    failedUnits: value('failed')
      .split('\n')
      .map((line) => line.split(/\s+/)[0] ?? '')
      .filter(Boolean),
  };
}
