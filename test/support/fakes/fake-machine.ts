import { createHash } from 'node:crypto';
import type { Notice } from '../../../src/provision/rule/control-interface.ts';
import { Random } from '../random.ts';
import { askedBy, readBootScript, type Told } from './boot-script.ts';
import type { FakeDescription } from './fault-plan.ts';
import { Reports } from './reports.ts';
import type { Site } from './site.ts';
import { UnreliableNetwork } from './unreliable-network.ts';

/** What a server has accepted, and must therefore never forget. */
export interface Acknowledged {
  readonly what: 'permitted' | 'config-fetched' | 'progress' | 'installed' | 'failed';
  readonly install: string;
}

/** What is left of a machine when it has ended, as JSON. */
export interface MachineRecord {
  readonly machine: FakeDescription;
  /** The install id of each installation that was completed on its disk, in order. */
  readonly commits: readonly string[];
  readonly acknowledged: readonly Acknowledged[];
  /** What no server may do, and this one did. */
  readonly broken: readonly string[];
  /** When it was first complete, in ms of the machines; absent: never. */
  readonly installedMs?: number;
  /** Why installations of it failed. */
  readonly failures: readonly string[];
}

/** As iPXE: after so many requests without an answer, it boots the disk. */
const mostTries = 30;
/** From power to the loader, and from the kernel to the installer's first report. */
const firmwareMs = 5_000;
const bootMs = 6_000;
/** Whoever switches a machine on again that has failed. */
const repairMs = 20_000;
const mostInstallations = 6;
/** They find no system on their disk, and begin again. */
const asksOn = /^(comes-back|stranger)$/;
const restartMs = 20_000;
/** Longer than firmware takes for all its entries: three times of it are a loop. */
const loopsEveryMs = 190_000;
/**
 * Its link or its disk is bad until it is named, or where nobody says so, until the server has heard of it
 * so often; it fetches an image so fast, or is slower by this factor.
 */
const slowForReports = 12;
const slowForReportsAtMost = 200;
const slowBytesPerSecond = 8_000;
const slowness = 40;
const goodBytesPerSecond = 100e6;

type OnBytes = (onDeviceBytes: number, toWriteBytes: number) => void;
type Install = Extract<Told, { readonly kind: 'install' }>;

/** A failure that the installer reports. */
class InstallFailure extends Error {}

/** What no server may do. */
class RuleBroken extends Error {}

/** A machine from its power button to its system, as its loader, the installer and its system speak to a server. */
export class FakeMachine {
  readonly #machine: FakeDescription;
  readonly #site: Site;
  readonly #random: Random;
  readonly #network: UnreliableNetwork;
  readonly #commits: string[] = [];
  readonly #acknowledged = new Map<string, Acknowledged>();
  readonly #broken: string[] = [];
  readonly #failures: string[] = [];
  #installedMs: number | undefined;
  #hasLostPower = false;
  #reportsHeard = 0;

  constructor(machine: FakeDescription, site: Site) {
    this.#machine = machine;
    this.#site = site;
    this.#random = new Random(site.options.seed * 1_000_003 + machine.number);
    this.#network = new UnreliableNetwork(site, this.#random, machine.address);
  }

  /** Until nothing more happens to it. */
  async live(): Promise<MachineRecord> {
    try {
      await this.#site.sleep(this.#machine.powerOnMs - this.#site.now());
      await this.#boot();
    } catch (error) {
      if (error instanceof RuleBroken) {
        this.#broken.push(error.message);
        // The others might wait for it for ever.
        this.#site.end();
      } else if (!this.#site.signal.aborted) throw error;
    }
    return {
      machine: this.#machine,
      commits: this.#commits,
      acknowledged: [...this.#acknowledged.values()],
      broken: this.#broken,
      ...(this.#installedMs !== undefined && { installedMs: this.#installedMs }),
      failures: this.#failures,
    };
  }

  get #diskId(): string | undefined {
    return this.#commits.at(-1);
  }

  async #boot(): Promise<void> {
    const { fault, restarts } = this.#machine;
    const loops = fault === 'comes-back';
    let restartsLeft = loops ? 2 : asksOn.test(fault) ? 4 : restarts;
    let installations = 0;
    for (;;) {
      const told = await this.#load();
      if (told === 'disk') {
        // A human has to look.
        if (this.#diskId === undefined && fault !== 'stranger') return;
        if (!asksOn.test(fault)) await this.#reportSystem();
        if (restartsLeft === 0) return;
        restartsLeft -= 1;
        await this.#site.sleep(loops ? loopsEveryMs : restartMs);
        continue;
      }
      installations += 1;
      const ended = await this.#install(told.args);
      if (ended === 'off' || installations === mostInstallations) return;
      if (ended === 'disk first') return await this.#reportSystem();
      await this.#site.sleep(firmwareMs);
    }
  }

  // The loader.

  async #load(): Promise<Install | 'disk'> {
    const { url, bytes } = this.#site.options;
    const { mac, uuid } = this.#machine;
    for (let tries = 0; tries < mostTries; tries += 1) {
      try {
        const first = `${url}/boot.ipxe`;
        const script = await this.#script(first);
        const told = readBootScript(await this.#script(askedBy(script, first, { mac, uuid })));
        if (told.kind === 'disk') return 'disk';
        if (told.kind === 'wait') {
          await this.#site.sleep(told.seconds * 1000);
          tries = -1;
          continue;
        }
        this.#permitted(told);
        if (bytes)
          for (const file of [told.kernelUrl, told.initramfsUrl])
            this.#checkDigest(file, await this.#network.download(file, { resumes: false }));
        return told;
      } catch (error) {
        if (this.#site.signal.aborted || error instanceof RuleBroken) throw error;
        await this.#site.sleep(10_000);
      }
    }
    return 'disk';
  }

  async #script(url: string): Promise<string> {
    const { status, body } = await this.#network.ask(url);
    if (status !== 200) throw new Error(`the status was ${status}`);
    return `${body}`;
  }

  #permitted({ args }: Install): void {
    const id = argument(args, 'install_id');
    if (this.#acknowledged.has(`installed ${id}`))
      throw new RuleBroken(`it got the installer of ${id} after it had reported its end`);
    this.#acknowledge('permitted', id);
  }

  // The installer.

  async #install(args: Install['args']): Promise<'off' | 'restarts' | 'disk first'> {
    const { fault } = this.#machine;
    const id = argument(args, 'install_id');
    await this.#site.sleep(bootMs);
    const reports = new Reports(this.#site, this.#network, argument(args, 'progress_url'));
    reports.onAcknowledged = () => {
      this.#reportsHeard += 1;
      this.#acknowledge('progress', id);
    };
    reports.add({ event: 'begin' });
    try {
      await this.#fetchConfig(args);
      const isThere = this.#diskId === id;
      if (!isThere) {
        if ((await this.#write(args, reports)) === 'power lost')
          return fault === 'cut' ? 'off' : 'restarts';
        this.#commits.push(id);
        this.#installedMs ??= this.#site.now();
      }
      reports.add({ event: 'step-ends', step: 'commit' });
      await reports.finish();
      if (fault === 'mute') return 'disk first';
      if (fault === 'loses-notice' && !isThere) return 'restarts';
      await this.#notify(args, { result: 'installed', ...(isThere && { alreadyInstalled: true }) });
      return 'restarts';
    } catch (error) {
      if (!(error instanceof InstallFailure)) throw error;
      this.#failures.push(error.message);
      await reports.finish();
      await this.#notify(args, {
        ...{ result: 'failed', reason: error.message },
        ...{ code: 'disk-io-error', exitCode: 5, diskState: 'no-table' },
      });
      await this.#site.sleep(repairMs);
      return 'restarts';
    }
  }

  /** Waits for ever, except where it is refused. */
  async #fetchConfig(args: Install['args']): Promise<void> {
    for (;;) {
      const answer = await this.#network.ask(argument(args, 'ignition_url')).catch(() => undefined);
      if (answer?.status === 200) {
        const digest = createHash('sha512').update(answer.body).digest('hex');
        if (argument(args, 'ignition_hash') !== `sha512:${digest}`)
          throw new RuleBroken('its config is not the one of its boot script');
        if (!decodeURIComponent(`${answer.body}`).includes(`${this.#machine.name}.example`))
          throw new RuleBroken('its config is that of another machine');
        this.#acknowledge('config-fetched', argument(args, 'install_id'));
        return;
      }
      if (answer !== undefined && answer.status < 500)
        throw new InstallFailure(`The server refuses the config: ${answer.status}.`);
      await this.#site.sleep(2_000);
    }
  }

  async #write(args: Install['args'], reports: Reports): Promise<'written' | 'power lost'> {
    const { fault } = this.#machine;
    const stop = new AbortController();
    let lastMs = this.#site.now();
    let lastBytes = 0;
    const onBytes = (onDeviceBytes: number, toWriteBytes: number) => {
      const percent = (onDeviceBytes / toWriteBytes) * 100;
      if (fault === 'broken-disk' && percent > 30)
        stop.abort(new InstallFailure('Cannot write to /dev/vda: Input/output error.'));
      // Once it was heard of: silence is after a word.
      const isCut = /^(cut|restarts)$/.test(fault) && percent > 40 && reports.acknowledged > 0;
      if (isCut && !this.#hasLostPower) {
        this.#hasLostPower = true;
        reports.cut();
        stop.abort();
      }
      const elapsedMs = this.#site.now() - lastMs;
      if (elapsedMs < 1000 || stop.signal.aborted) return;
      const onDeviceBytesPerS = ((onDeviceBytes - lastBytes) / elapsedMs) * 1000;
      reports.add({ event: 'progress', percent, onDeviceBytes, toWriteBytes, onDeviceBytesPerS });
      [lastMs, lastBytes] = [this.#site.now(), onDeviceBytes];
    };
    reports.add({ event: 'step-begins', step: 'write' });
    try {
      if (this.#site.options.bytes) await this.#fetchImage(args, onBytes, stop.signal);
      else await this.#pretendToWrite(onBytes, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
    if (stop.signal.reason instanceof InstallFailure) throw stop.signal.reason;
    return stop.signal.aborted ? 'power lost' : 'written';
  }

  async #fetchImage(args: Install['args'], onBytes: OnBytes, stop: AbortSignal): Promise<void> {
    const digest = await this.#network.download(argument(args, 'image_url'), {
      resumes: true,
      signal: AbortSignal.any([this.#site.signal, stop]),
      bytesPerSecond: () => (this.#isSlow ? slowBytesPerSecond : undefined),
      onBytes,
    });
    if (argument(args, 'image_hash') === `sha256:${digest}`) return;
    throw new RuleBroken(`the image has another digest: ${digest}`);
  }

  /** In 6 to 12 s, were it not slow. */
  async #pretendToWrite(onBytes: OnBytes, stop: AbortSignal): Promise<void> {
    const wholeBytes = this.#random.between(6, 12) * goodBytesPerSecond;
    for (let writtenBytes = 0; writtenBytes < wholeBytes && !stop.aborted; ) {
      const startMs = this.#site.now();
      await this.#site.sleep(1000);
      const rate = goodBytesPerSecond / (this.#isSlow ? slowness : 1);
      writtenBytes += (rate * (this.#site.now() - startMs)) / 1000;
      onBytes(Math.min(writtenBytes, wholeBytes), wholeBytes);
    }
  }

  get #isSlow(): boolean {
    const { fault, name } = this.#machine;
    if (fault !== 'slow' || this.#site.isNamed?.(name)) return false;
    return this.#reportsHeard < (this.#site.isNamed ? slowForReportsAtMost : slowForReports);
  }

  async #notify(args: Install['args'], notice: Notice) {
    const { mac, uuid } = this.#machine;
    const installId = argument(args, 'install_id');
    const body = JSON.stringify({
      ...notice,
      installId,
      machine: { bootMac: mac, macs: [mac], uuid },
    });
    const endMs = this.#site.now() + 30_000;
    while (this.#site.now() < endMs) {
      const url = argument(args, 'notify_url');
      const answer = await this.#network.ask(url, { method: 'POST', body }).catch(() => undefined);
      if (answer?.status === 204) return this.#acknowledge(notice.result, installId);
      if (answer !== undefined && answer.status < 500) return;
      await this.#site.sleep(2_000);
    }
  }

  // The installed system.

  async #reportSystem(): Promise<void> {
    await this.#site.sleep(bootMs);
    const { mac, uuid } = this.#machine;
    const url = `${this.#site.options.url}/v1/booted?${new URLSearchParams({ mac, uuid })}`;
    for (let tries = 0; tries < 10; tries += 1) {
      const answer = await this.#network.ask(url, { method: 'POST' }).catch(() => undefined);
      if (answer !== undefined && answer.status < 500) return;
      await this.#site.sleep(10_000);
    }
  }

  #checkDigest(url: string, digest: string): void {
    if (!url.includes(`/sha256-${digest}/`))
      throw new RuleBroken(`${url} has the digest ${digest}`);
  }

  #acknowledge(what: Acknowledged['what'], install: string): void {
    this.#acknowledged.set(`${what} ${install}`, { what, install });
  }
}

function argument(args: Install['args'], name: string): string {
  const value = args.get(`coreos.inst.${name}`);
  if (value === undefined) throw new Error(`the boot script has no coreos.inst.${name}`);
  return value;
}
