import type { ChildProcess } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accelerator, acceleratorArguments } from './accelerator.ts';
import { arm64Machine } from './arm64-machine.ts';
import { startMachine } from './machine-process.ts';
import { type Monitor, openMonitor } from './monitor.ts';
import type { Rack } from './rack.ts';
import { scenario } from './scenario.ts';
import type { SerialConsole } from './serial-console.ts';

/** A disk of the machine: a raw file. */
export interface Disk {
  file: string;
  /** Default: virtio. */
  bus?: 'virtio' | 'nvme' | 'scsi' | 'sata';
  /** Default: 512. */
  sectorSize?: 512 | 4096;
}

/** A machine in a rack, which boots from the network first. */
export interface RackPlace {
  rack: Rack;
  /** The end of a cable there: each has its own. */
  cable: string;
  mac: string;
}

/** The network that the machine sees: only what is named here. */
export interface Network {
  /** The test's server, seen by the guest as 192.0.2.100:8080. */
  serverPort: number;
  /** A directory served by TFTP, and the file in it to boot: where no disk boots, or before them. */
  pxe?: { directory: string; bootFile: string; first?: boolean };
  /** A port of 127.0.0.1 that leads to port 80 of the machine. */
  webPort?: number;
  /** Its address there; default: the first one that DHCP gives. */
  webAddress?: string;
  /** Puts a card before it that leads nowhere; the server is then behind the second one. */
  isolatedCardFirst?: boolean;
}

export interface MachineOptions {
  /** Default: x64. On arm64 all firmware is UEFI; with `secure-boot` it has Microsoft's keys. */
  architecture?: 'x64' | 'arm64';
  disks: Disk[];
  iso?: string;
  /** The ISO is on a USB stick. Default: in a CD drive. */
  stick?: boolean;
  /** Boots the ISO even if a disk boots. */
  isoFirst?: boolean;
  /** Shows the BIOS's own messages on the console. */
  biosOnConsole?: boolean;
  /** The console is the second serial port; what the machine prints to the first one goes to a file. */
  secondPort?: { firstPort: string };
  /** Ctrl-A X on the serial line ends the machine. */
  escapes?: boolean;
  /** Ends the machine where it would restart. */
  endOnReboot?: boolean;
  /** Default: bios. `secure-boot`: UEFI that starts only what Microsoft has signed, or shim trusts. */
  firmware?: 'bios' | 'uefi' | 'secure-boot';
  /** UEFI boots in the order that it has stored in an earlier run of the scenario, not in QEMU's. */
  storedBootOrder?: boolean;
  /** Default: 640. */
  memoryMib?: number;
  /** Default: a network that leads nowhere. */
  network?: Network | RackPlace | 'no-card';
}

/** A running machine. Leaving its scope switches it off. */
export interface Machine extends AsyncDisposable {
  console: SerialConsole;
  /** Resolves with QEMU's exit code; null after {@link kill}. */
  exited: Promise<number | null>;
  /** Plugs parts in while it runs. */
  monitor(): Promise<Monitor>;
  /** Pulls the plug. */
  kill(): Promise<void>;
}

/**
 * How long it may print nothing after it was switched on. Every machine here has firmware that prints
 * something; emulated, with five times as much load as processors, that took 1.4 s (BIOS) and 10.6 s
 * (UEFI).
 */
function silenceMs({ architecture, firmware }: MachineOptions): number {
  if (architecture === 'arm64') return 300_000;
  return firmware !== undefined && firmware !== 'bios' && accelerator() === 'tcg'
    ? 120_000
    : 60_000;
}

/** Switches a machine on. Its console goes to the running scenario's artifacts. */
export function bootMachine(options: MachineOptions): Machine {
  const current = scenario();
  const socket = join(current.directory, 'monitor');
  const { network } = options;
  const inside = typeof network === 'object' && 'rack' in network ? network.rack.inside : [];
  const command = [
    ...inside,
    options.architecture === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64',
    ...qemuArguments(options, current.directory),
    ...['-qmp', `unix:${socket},server=on,wait=off`],
  ];
  const machine = startMachine(command, current.nextLog(), silenceMs(options));
  const { child } = machine;
  const sampler = setInterval(() => current.sawMemory(peakMemoryBytes(child)), 500);
  const stopped = () => {
    clearInterval(sampler);
    current.sawSilence(machine.console.silentMs);
  };
  machine.exited.then(stopped, stopped);
  return { ...machine, monitor: () => openMonitor(socket) };
}

/** The arguments of QEMU, whose standard input and output are then the serial line. */
export function qemuArguments(options: MachineOptions, directory: string): string[] {
  const { firmware = 'bios', memoryMib = 640, endOnReboot, iso, network } = options;
  const isArm64 = options.architecture === 'arm64';
  return [
    ...(isArm64 ? arm64Machine(directory, options) : acceleratorArguments[accelerator()]),
    ...(options.biosOnConsole ? ['-machine', 'pc,graphics=off'] : []),
    ...['-smp', '2', '-m', String(memoryMib), '-nodefaults', '-display', 'none'],
    ...(options.secondPort ? ['-serial', `file:${options.secondPort.firstPort}`] : []),
    ...['-monitor', 'none', '-serial', 'chardev:serial'],
    ...['-chardev', `stdio,id=serial,signal=off${options.escapes ? ',mux=on' : ''}`],
    ...['-device', 'virtio-rng-pci', '-device', 'virtio-scsi-pci,id=scsi'],
    ...(firmware === 'bios' || isArm64 ? [] : uefi(directory, options)),
    ...options.disks.flatMap(disk),
    ...(iso ? (options.stick ? stick : cdrom)(iso, options.isoFirst ? 0 : 2) : []),
    ...networkCards(network, firmware === 'bios' && !isArm64),
    ...(endOnReboot ? ['-no-reboot'] : []),
  ].map((word) => (options.storedBootOrder ? word.replace(/,bootindex=\d+/, '') : word));
}

function uefi(directory: string, options: MachineOptions): string[] {
  const firmware = '/usr/share/OVMF';
  const secure = options.firmware === 'secure-boot';
  const variables = join(directory, 'uefi-variables.fd');
  if (!options.storedBootOrder)
    copyFileSync(`${firmware}/OVMF_VARS_4M${secure ? '.ms' : ''}.fd`, variables);
  const code = `${firmware}/OVMF_CODE_4M${secure ? '.secboot' : ''}.fd`;
  return [
    // Only code of the firmware, in system management mode, may change its variables.
    ...(secure ? ['-machine', 'q35,smm=on'] : []),
    ...(secure ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${code}`],
    ...['-drive', `if=pflash,format=raw,unit=1,file=${variables}`],
  ];
}

function disk({ file, bus = 'virtio', sectorSize = 512 }: Disk, index: number): string[] {
  const id = `disk${index}`;
  const sectors = `logical_block_size=${sectorSize},physical_block_size=${sectorSize}`;
  const boot = index === 0 ? ',bootindex=1' : '';
  const device = {
    virtio: `virtio-blk-pci,drive=${id}`,
    nvme: `nvme,drive=${id},serial=test${index}`,
    scsi: `scsi-hd,bus=scsi.0,drive=${id}`,
    sata: `ide-hd,bus=sata.${index},drive=${id}`,
  }[bus];
  return [
    '-drive',
    `file=${file},format=raw,if=none,id=${id},cache=unsafe,discard=unmap`,
    ...(bus === 'sata' ? ['-device', 'ahci,id=sata'] : []),
    '-device',
    `${device},${sectors}${boot}`,
  ];
}

function cdrom(iso: string, bootIndex: number): string[] {
  return [
    '-drive',
    `file=${iso},media=cdrom,format=raw,if=none,id=cd,readonly=on`,
    '-device',
    `scsi-cd,bus=scsi.0,drive=cd,bootindex=${bootIndex}`,
  ];
}

function stick(iso: string, bootIndex: number): string[] {
  return [
    ...['-device', 'qemu-xhci,id=usb'],
    ...['-drive', `file=${iso},format=raw,if=none,id=stick,readonly=on`],
    ...['-device', `usb-storage,bus=usb.0,drive=stick,bootindex=${bootIndex}`],
  ];
}

/** A card whose network offers DHCP and leads nowhere. */
const isolatedCard = [
  '-netdev',
  'user,id=nowhere,restrict=on,net=198.51.100.0/24',
  '-device',
  'virtio-net-pci,netdev=nowhere,romfile=',
];

function networkCards(network: MachineOptions['network'], isBios: boolean): string[] {
  if (network === undefined) return isolatedCard;
  if (network === 'no-card') return [];
  // iPXE on the card is for BIOS: UEFI has a driver of its own.
  const rom = isBios ? '' : ',romfile=';
  if ('rack' in network) {
    const { cable, mac } = network;
    return [
      ...['-netdev', `tap,id=net,ifname=${cable},script=no,downscript=no`],
      ...['-device', `virtio-net-pci,netdev=net,mac=${mac}${rom},bootindex=0`],
    ];
  }
  const { serverPort, pxe, isolatedCardFirst, webPort, webAddress = '' } = network;
  // Slirp also sends the command's standard error to the guest.
  const relay = `socat -lf/dev/null - TCP:127.0.0.1:${serverPort}`;
  const forward = `guestfwd=tcp:192.0.2.100:8080-cmd:${relay}`;
  const web = webPort ? `,hostfwd=tcp:127.0.0.1:${webPort}-${webAddress}:80` : '';
  const boot = pxe ? `,tftp=${pxe.directory},bootfile=${pxe.bootFile}` : '';
  return [
    ...(isolatedCardFirst ? isolatedCard : []),
    '-netdev',
    `user,id=net,restrict=on,net=192.0.2.0/24,dhcpstart=192.0.2.15,${forward}${web}${boot}`,
    '-device',
    pxe
      ? `virtio-net-pci,netdev=net${rom},bootindex=${pxe.first ? 0 : 3}`
      : 'virtio-net-pci,netdev=net,romfile=',
  ];
}

/** The most memory QEMU has held, from the kernel's own high-water mark. */
function peakMemoryBytes(child: ChildProcess): number {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
