import { base } from './server.ts';
import { shellOnConsole } from './shell-on-console.ts';

export const sshKey =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIHoc5THMtMmb0eakh0G5xDmOG/83wGX71RkHN/2Dr33 test@example.net';

/** All uses of Ignition in one config: file, user, unit, fetched file. */
export const everything = {
  ignition: { version: '3.0.0' },
  passwd: { users: [{ name: 'core', sshAuthorizedKeys: [sshKey] }] },
  storage: {
    files: [
      { path: '/etc/hostname', mode: 0o644, contents: { source: 'data:,installed' } },
      { path: '/opt/fetched', mode: 0o600, contents: { source: `${base}/fetched.txt` } },
    ],
  },
  systemd: {
    units: [
      {
        name: 'hello.service',
        enabled: true,
        contents: `[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/bash -c 'echo hello from a unit > /var/lib/hello'
[Install]
WantedBy=multi-user.target
`,
      },
    ],
  },
};

/** The file that {@link everything} fetches. */
export const fetched = 'fetched over HTTP\n';

/** The same, with a shell on the serial line: see `Guest`. */
export const withShell = {
  ...everything,
  storage: { ...everything.storage, links: [shellOnConsole.link] },
  systemd: { units: [...everything.systemd.units, shellOnConsole.unit] },
};

/** Another config, for a second run of Ignition. */
export const changed = {
  ignition: { version: '3.0.0' },
  storage: {
    files: [
      {
        path: '/etc/hostname',
        overwrite: true,
        mode: 0o644,
        contents: { source: 'data:,changed' },
      },
    ],
  },
};
