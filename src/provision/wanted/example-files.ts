import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeError } from '../../download/write-error.ts';
import { WriteError } from '../../lib/errors.ts';

/**
 * Makes the directory of a fleet with these files, by default examples that `loadFleet` accepts. Throws
 * `WriteError`, also where the directory is not empty.
 */
export async function makeFleetDirectory(directory: string, files = examples): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    if ((await readdir(directory)).length > 0) throw notEmpty(directory);
    for (const name of ['profiles', 'butane', 'assets']) await mkdir(join(directory, name));
    for (const name of ['secrets', 'state']) await mkdir(join(directory, name), { mode: 0o700 });
    for (const [name, text] of Object.entries(files)) {
      const mode = dirname(name) === 'secrets' ? 0o600 : 0o666;
      await writeFile(join(directory, name), text, { flag: 'wx', mode });
    }
  } catch (error) {
    throw error instanceof WriteError ? error : writeError(directory, error);
  }
}

function notEmpty(directory: string): WriteError {
  return new WriteError({
    code: 'output-exists',
    failed: `Cannot make a fleet in ${directory}`,
    why: 'the directory is not empty',
    next: 'Give the name of a new directory.',
  });
}

/** By the name below the directory. */
export const examples: Readonly<Record<string, string>> = {
  'fleet.yaml': `# How machines reach the server: its address in their network.
url: http://192.0.2.1:8080
# The same with TLS, for everything after the boot loader:
#tls_url: https://fleet.example.com
# The number of machines that install at the same time.
concurrency: 4
# The number of machines of each profile that must be up before the others begin.
canary: 1
# No further machine begins after this many failures among the last ones.
stop_when:
  failures: 3
  percent: 5
# Caches of racks, by the name of the rack:
#edges:
#  r1: http://192.0.2.21:8080
`,
  'machines.csv': `name,mac,rack,profile,generation,hostname
# Remove the # of these lines. A higher generation installs a machine again.
#node-1,52:54:00:00:00:01,r1,worker,1,node-1.example.com
#node-2,52:54:00:00:00:02 52:54:00:00:01:02,r1,worker,1,node-2.example.com
`,
  'profiles/worker.yaml': `# Remove the # of all lines below once the files are added.
# What "coreos-provision image add" prints:
#image:
#kernel:
#initramfs:
# The disk of each machine, by a path or a rule:
#device: smallest,bus=nvme
#butane: worker.bu
# Its machines are finished when the unit in worker.bu has reported that they are up.
#phone_home: true
#kargs:
#  - console=ttyS0,115200n8
# How a machine that is installed goes on to its disk: exit or sanboot.
#local_boot: exit
`,
  'butane/worker.bu': `# The config of machines with the profile worker. \${hostname} is a column of machines.csv.
variant: fcos
version: 1.5.0
passwd:
  users:
    - name: core
      ssh_authorized_keys:
        # Put your public key here.
        - ssh-ed25519 AAAA...
storage:
  files:
    - path: /etc/hostname
      mode: 0644
      contents:
        inline: \${hostname}
    - path: /etc/join-token
      mode: 0600
      contents:
        inline: \${secret.join_token}
systemd:
  units:
    # With phone_home in the profile: reports that the machine is up.
    - name: phone-home.service
      enabled: true
      contents: |
        [Unit]
        Wants=network-online.target
        After=network-online.target
        [Service]
        Type=oneshot
        ExecStart=/usr/bin/curl -sf --retry 100 --retry-delay 5 --retry-all-errors -X POST \${fleet.url}/v1/booted?mac=\${mac}
        [Install]
        WantedBy=multi-user.target
`,
  'secrets/all.yaml': `# Values for \${secret.NAME}: never shown, and only in the configs that name them.
join_token: an example
`,
};
