import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The directory of a fleet, with files as `image add` leaves them; removed at the end. */
export class FleetDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'fleet-'));

  /** Writes a file below it; secrets are for their owner only. */
  put(name: string, content: string | Uint8Array): void {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, name.startsWith('secrets/') ? 0o600 : 0o644);
  }

  /** Adds an asset, and returns its SHA-256. */
  addAsset(fileName: string, content: string | Uint8Array = fileName): string {
    const sha256 = createHash('sha256').update(content).digest('hex');
    this.put(`assets/sha256-${sha256}/${fileName}`, content);
    const record = { sha256, fileName, sizeBytes: Buffer.byteLength(content) };
    this.put(`assets/sha256-${sha256}.json`, JSON.stringify(record));
    return sha256;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export const workerTemplate = `variant: fcos
version: 1.5.0
passwd:
  users:
    - name: core
      ssh_authorized_keys:
        - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f a
storage:
  files:
    - path: /etc/hostname
      mode: 0644
      contents: {inline: "\${hostname}"}
`;

/** A sound fleet: a profile `worker`, and the machines of this table. */
export function makeFleet(
  machines = 'name,mac,rack,profile,hostname\nn1,52:54:00:00:00:01,r1,worker,n1.example\n',
): FleetDirectory {
  const fleet = new FleetDirectory();
  fleet.put('fleet.yaml', 'url: http://192.0.2.1:8080/\n');
  fleet.put('machines.csv', machines);
  fleet.put('butane/worker.bu', workerTemplate);
  fleet.put('profiles/worker.yaml', profileOf(fleet));
  return fleet;
}

/** The lines of a profile with assets that exist. */
export function profileOf(fleet: FleetDirectory, others = ''): string {
  return `image: sha256:${fleet.addAsset('metal.raw.xz')}
kernel: sha256:${fleet.addAsset('vmlinuz')}
initramfs: sha256:${fleet.addAsset('initramfs.img')}
device: /dev/vda
butane: worker.bu
${others}`;
}
