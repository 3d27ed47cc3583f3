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
  /** `ostree admin status` */
  status: string;
  /** Options by mount point. */
  mounts: Map<string, { type: string; options: string[] }>;
  /** What the tests read of the installed system's files. */
  root: ReportedFiles;
}

/** Files as the installed system saw them. */
export class ReportedFiles {
  readonly #files: ReadonlyMap<string, ReportedFile>;

  constructor(files: ReadonlyMap<string, ReportedFile>) {
    this.#files = files;
  }

  /** A file's text; undefined when it does not exist. */
  read(path: string): string | undefined {
    return this.#files.get(path)?.text;
  }

  /** Permissions and owner; undefined when it does not exist. */
  stat(path: string): { mode: number; uid: number; gid: number } | undefined {
    return this.#files.get(path);
  }
}

interface ReportedFile {
  text: string;
  mode: number;
  uid: number;
  gid: number;
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
  const files = new Map<string, ReportedFile>();
  const file = /^@file (\d+) (\d+) (\d+) (\S+) ([\w+/=]*)$/gm;
  for (const [, mode, uid, gid, path, encoded] of text.matchAll(file)) {
    files.set(path ?? '', {
      text: Buffer.from(encoded ?? '', 'base64').toString('utf8'),
      mode: Number.parseInt(mode ?? '', 8),
      uid: Number(uid),
      gid: Number(gid),
    });
  }
  const value = (name: string): string => (values.get(name) ?? '').trim();
  const units = new Map<string, string>();
  for (const line of value('units').split('\n')) {
    const [unit, , active, sub] = line.trim().split(/\s+/);
    if (unit) units.set(unit, `${active} ${sub}`);
  }
  const mounts: Report['mounts'] = new Map();
  for (const line of value('mounts').split('\n')) {
    const [target = '', type = '', options = ''] = line.split(' ');
    mounts.set(target, { type, options: options.split(',') });
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
    status: value('status'),
    mounts,
    root: new ReportedFiles(files),
  };
}
