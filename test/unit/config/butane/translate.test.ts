import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { httpd, kubernetesNode, simple } from '../../../qemu/support/guide.ts';
import { run, translated } from './run.ts';

const empties =
  '"ignition":{"config":{"replace":{"source":null,"verification":{}}},"security":{"tls":{}},"timeouts":{},"version":"3.0.0"}';

test('a user with a key, as fcct 0.2.0 wrote it', () => {
  const yaml = `variant: fcos
version: 1.0.0
passwd:
  users:
    - name: core
      ssh_authorized_keys:
        - ssh-rsa AAAAB...
`;
  expect(run(yaml)).toBe(
    `{${empties},"passwd":{"users":[{"name":"core","sshAuthorizedKeys":["ssh-rsa AAAAB..."]}]},"storage":{},"systemd":{}}`,
  );
});

test('a file, in the order and with the empty objects of fcct 0.2.0', () => {
  const yaml = `variant: fcos
version: 1.0.0
storage:
  files:
    - path: /opt/x.sh
      mode: 0755
      overwrite: true
      contents:
        inline: |
          # 無効 "quoted" <a&b> $X 100%
          [ -z x ] && y\tz
    - path: /root/bin/kubelet
      mode: 0o755
      contents: {source: "http://192.0.2.100/kubelet?a=1&b=<2>"}
      user: {name: core}
      group: {id: 0}
`;
  const script =
    '%23%20%E7%84%A1%E5%8A%B9%20%22quoted%22%20%3Ca%26b%3E%20%24X%20100%25%0A%5B%20-z%20x%20%5D%20%26%26%20y%09z%0A';
  expect(run(yaml)).toBe(
    `{${empties},"passwd":{},"storage":{"files":[` +
      `{"group":{},"overwrite":true,"path":"/opt/x.sh","user":{},"contents":{"source":"data:,${script}","verification":{}},"mode":493},` +
      '{"group":{"id":0},"path":"/root/bin/kubelet","user":{"name":"core"},"contents":{"source":"http://192.0.2.100/kubelet?a=1\\u0026b=\\u003c2\\u003e","verification":{}},"mode":493}' +
      ']},"systemd":{}}',
  );
});

test('units keep their text, and flags may be written as YAML 1.1 did', () => {
  const yaml = `variant: fcos
version: 1.0.0
systemd:
  units:
    - name: httpd.service
      enabled: yes
      contents: |
        [Service]
        ExecStart=/usr/bin/podman run --rm -p 80:80 httpd:2.4
`;
  expect(run(yaml)).toBe(
    `{${empties},"passwd":{},"storage":{},"systemd":{"units":[{"contents":"[Service]\\nExecStart=/usr/bin/podman run --rm -p 80:80 httpd:2.4\\n","enabled":true,"name":"httpd.service"}]}}`,
  );
});

test.each([
  ['1.1.0', '3.1.0'],
  ['1.2.0', '3.2.0'],
  ['1.3.0', '3.2.0'],
  ['1.4.0', '3.3.0'],
  ['1.5.0', '3.4.0'],
  ['1.6.0', '3.5.0'],
  ['1.7.0', '3.6.0'],
])('version %s becomes %s, without empty objects', (version, ignition) => {
  expect(run(`variant: fcos\nversion: ${version}\n`)).toBe(
    `{"ignition":{"version":"${ignition}"}}`,
  );
});

test('names follow those of Ignition', () => {
  const yaml = `variant: fcos
version: 1.5.0
storage:
  disks:
    - device: /dev/vdb
      partitions: [{size_mib: 10, start_mib: 0x10, type_guid: abc, number: 0}]
`;
  expect(translated(yaml).storage.disks[0].partitions).toEqual([
    { sizeMiB: 10, startMiB: 16, typeGuid: 'abc' },
  ]);
});

test('text stays as it is written, whatever YAML would make of it; null is nothing', () => {
  const user = (value: string) =>
    translated(`variant: fcos\nversion: 1.1.0\npasswd:\n  users: [{name: core, gecos: ${value}}]\n`)
      .passwd.users[0].gecos;
  for (const text of ['1.10', '0644', 'yes', '2001-01-01', '1e3']) expect(user(text)).toBe(text);
  for (const nothing of ['null', '~', '']) expect(user(nothing)).toBeUndefined();
  expect(user('"null"')).toBe('null');
});

test('anchors, aliases and merged mappings', () => {
  const yaml = `variant: fcos
version: 1.1.0
storage:
  files:
    - &base
      path: /a
      mode: &mode 0600
      user: {name: core}
    - <<: *base
      path: /b
  directories:
    - {path: /c, mode: *mode}
`;
  expect(translated(yaml).storage).toEqual({
    directories: [{ path: '/c', mode: 384 }],
    files: ['/a', '/b'].map((path) => ({ path, user: { name: 'core' }, mode: 384 })),
  });
});

test.each(Object.entries({ simple, httpd, kubernetesNode }))(
  'the example %s of the guide becomes what was published',
  (_, { passwd, storage, systemd }) => {
    const snakes = JSON.stringify({ passwd, storage, systemd }).replace(/"(\w+)":/g, (key) =>
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    );
    const config = JSON.parse(snakes, (key, value) => {
      const [, text] = key === 'contents' ? (/^data:,(.*)$/s.exec(value.source ?? '') ?? []) : [];
      return text === undefined ? value : { inline: decodeURIComponent(text) };
    });
    const yaml = stringify({ variant: 'fcos', version: '1.0.0', ...config });
    expect(translated(yaml)).toEqual({ ignition: simple.ignition, passwd, storage, systemd });
  },
);
