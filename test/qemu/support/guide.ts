import { expect } from 'vitest';
import { httpdPage } from '../mini-coreos/httpd-image.ts';
import { authorizedKeys, limits } from './chain.ts';
import { sshKey } from './configs.ts';
import type { Guest } from './guest.ts';
import type { Report } from './report.ts';
import { base } from './server.ts';
import { shellOnConsole } from './shell-on-console.ts';

/**
 * The three example configs of the published guide to Fedora CoreOS, as its config transpiler wrote
 * them for Ignition 3.0.0: an inline text became a data URL, an absent section an empty one.
 */
const users = [{ name: 'core', sshAuthorizedKeys: [sshKey] }];

const ignition = {
  config: { replace: { source: null, verification: {} } },
  security: { tls: {} },
  timeouts: {},
  version: '3.0.0',
};

/** A user with a key. The host name in addition is what the guide's reader adds first. */
export const simple = {
  ignition,
  passwd: { users },
  storage: { files: [inlineFile('/etc/hostname', 'simple', 0o644)] },
  systemd: {},
};

/** A web server in a container. */
export const httpd = {
  ignition,
  passwd: { users },
  storage: {},
  systemd: {
    units: [
      {
        contents: `[Unit]
Description=httpd server
[Service]
Type=simple
ExecStart=/usr/bin/podman run --rm -p 80:80 httpd:2.4
[Install]
WantedBy=multi-user.target
`,
        enabled: true,
        name: 'httpd.service',
      },
    ],
  },
};

const joinScript = `# SELinuxを無効にする
setenforce 0
# クラスタ識別のためのトークンを取得する
TOKEN=
RETRY=0
while [ -z $TOKEN ]; do
  sleep $(expr $RETRY \\* 10)
  TOKEN=$(curl ${base}/token)
  RETRY=$(expr $RETRY + 1)
  [ $RETRY -gt 3 ] && echo "connetion error" && exit 1
done
HASH=sha256:73c2
PATH=/root/bin:$PATH /root/bin/kubeadm reset -f
PATH=/root/bin:$PATH /root/bin/kubeadm join 192.0.2.100:6443 --token $TOKEN --discovery-token-ca-cert-hash $HASH
`;

/** A Kubernetes node: programs fetched over HTTP, and a service that joins the cluster. */
export const kubernetesNode = {
  ignition,
  passwd: { users },
  storage: {
    files: [
      fetchedFile('/root/bin/kubelet', 'kubelet', 0o755),
      fetchedFile('/root/bin/kubeadm', 'kubeadm', 0o755),
      fetchedFile('/root/bin/crictl', 'crictl', 0o755),
      fetchedFile(
        '/etc/systemd/system/kubelet.service.d/10-kubeadm.conf',
        '10-kubeadm.conf',
        0o644,
      ),
      inlineFile('/etc/sysconfig/kubelet', 'KUBELET_EXTRA_ARGS="--cgroup-driver=systemd"', 0o644),
      inlineFile('/opt/join_cluster.sh', joinScript, 0o644),
    ],
  },
  systemd: {
    units: [
      {
        contents: `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=http://kubernetes.io/docs/
[Service]
EnvironmentFile=-/etc/sysconfig/kubelet
ExecStart=/root/bin/kubelet $KUBELET_EXTRA_ARGS
Restart=always
StartLimitInterval=0
RestartSec=10
[Install]
WantedBy=multi-user.target
`,
        enabled: true,
        name: 'kubelet.service',
      },
      {
        contents: `[Unit]
Description=join kubernetes cluster
Wants=network-online.target
[Service]
Type=oneshot
RemainAfterExit=true
ExecStart=/bin/bash /opt/join_cluster.sh
[Install]
WantedBy=multi-user.target
`,
        enabled: true,
        name: 'join_cluster.service',
      },
    ],
  },
};

/** What the server plays for the node: recorders in place of the programs. */
export const kubernetesFiles = {
  token: '7bix0y.3gece9c0oonxnlyx\n',
  kubelet: recorder('kubelet', 'exec sleep infinity'),
  kubeadm: recorder('kubeadm', 'exit 0'),
  crictl: recorder('crictl', 'exit 0'),
  '10-kubeadm.conf': `[Service]
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
ExecStart=
ExecStart=/root/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_EXTRA_ARGS
`,
};

/** Checks that {@link simple} was applied. */
export function expectSimple(report: Report): void {
  expect(report.failedUnits).toEqual([]);
  expect(report.hostname).toBe('simple');
  expect(authorizedKeys(report, 'core')).toContain(sshKey);
}

/** {@link httpd}, with a shell on the serial line: see `Guest`. */
export const httpdWithShell = {
  ...httpd,
  storage: { links: [shellOnConsole.link] },
  systemd: { units: [...httpd.systemd.units, shellOnConsole.unit] },
};

/** Checks that {@link httpd} was applied, and that its container answers at a port of 127.0.0.1. */
export async function expectHttpd(guest: Guest, webPort: number): Promise<void> {
  expect(await guest.run('systemctl --failed --plain --no-legend')).toBe('');
  const page = 'curl -s --retry 30 --retry-delay 2 --retry-all-errors http://127.0.0.1:80/';
  expect(await guest.run(page, limits.bootMs)).toBe(httpdPage.trimEnd());
  const answer = await fetch(`http://127.0.0.1:${webPort}/`);
  expect(await answer.text()).toBe(httpdPage);
  expect(await guest.run('systemctl is-active httpd.service')).toBe('active');
  expect(await guest.run('podman ps --format "{{.Image}} {{.Ports}}"')).toBe(
    'docker.io/library/httpd:2.4 0.0.0.0:80->80/tcp',
  );
  expect(await guest.run('cat /home/core/.ssh/authorized_keys.d/ignition')).toContain(sshKey);
}

/** Checks that {@link kubernetesNode} was applied, runs, and has joined. */
export function expectKubernetesNode(report: Report): void {
  expect(report.failedUnits).toEqual([]);
  expect(report.units.get('join_cluster.service')).toBe('active exited');
  expect(report.units.get('kubelet.service')).toBe('active running');
  for (const program of ['kubelet', 'kubeadm', 'crictl'] as const) {
    expect(report.root.read(`/root/bin/${program}`)).toBe(kubernetesFiles[program]);
    expect(report.root.stat(`/root/bin/${program}`)?.mode).toBe(0o755);
  }
  expect(report.root.read('/var/lib/kubeadm-calls')).toBe(
    'kubeadm reset -f\n' +
      'kubeadm join 192.0.2.100:6443 --token 7bix0y.3gece9c0oonxnlyx ' +
      '--discovery-token-ca-cert-hash sha256:73c2\n',
  );
  expect(report.root.read('/var/lib/kubelet-calls')).toBe(
    'kubelet --config=/var/lib/kubelet/config.yaml --cgroup-driver=systemd\n',
  );
}

function recorder(name: string, then: string): string {
  return `#!/bin/bash\necho "${name} $*" >> /var/lib/${name}-calls\n${then}\n`;
}

function inlineFile(path: string, text: string, mode: number) {
  const contents = { source: `data:,${encodeURIComponent(text)}`, verification: {} };
  return { contents, group: {}, mode, overwrite: true, path, user: {} };
}

function fetchedFile(path: string, name: string, mode: number) {
  const contents = { source: `${base}/${name}`, verification: {} };
  return { contents, group: {}, mode, overwrite: true, path, user: {} };
}
