/** What an Ignition config needs for `Guest`: a shell on the serial line, in place of the report. */
export const shellOnConsole = {
  link: {
    path: '/etc/systemd/system/default.target',
    overwrite: true,
    target: '/usr/lib/systemd/system/multi-user.target',
  },
  unit: {
    name: 'shell.service',
    enabled: true,
    contents: `[Unit]
After=ignition-firstboot-complete.service network-online.target
Wants=network-online.target
[Service]
Type=idle
ExecStart=/bin/bash --noprofile --norc --noediting -i
Environment=HOME=/root "PS1=guest# "
StandardInput=tty
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
[Install]
WantedBy=multi-user.target
`,
  },
};
