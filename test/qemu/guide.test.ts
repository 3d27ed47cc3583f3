import { expect } from 'vitest';
import { authorizedKeys, installAndBoot } from './support/chain.ts';
import { sshKey } from './support/configs.ts';
import { emptyDisk, FileSystem } from './support/disk.ts';
import { httpd, kubernetesFiles, kubernetesNode, simple } from './support/guide.ts';
import { bootMachine } from './support/machine.ts';
import { isoWithArguments } from './support/medium.ts';
import type { Report } from './support/report.ts';
import { type Scenario, scenarioTest } from './support/scenario.ts';
import { automatic, serve } from './support/server.ts';

scenarioTest('the guide’s simple config: a user with a key, a host name', async (scenario) => {
  const { report, root } = await install(scenario, simple);

  expect(report.hostname).toBe('simple');
  expect(await authorizedKeys(root, 'core')).toContain(sshKey);
  expect(report.failedUnits).toEqual([]);
});

scenarioTest('the guide’s httpd config: a unit that runs a container', async (scenario) => {
  const { report, root } = await install(scenario, httpd);

  expect(report.units.get('httpd.service')).toBe('active running');
  expect(await root.read('/var/lib/podman-calls')).toBe('podman run --rm -p 80:80 httpd:2.4\n');
  expect(report.failedUnits).toEqual([]);
});

scenarioTest('the guide’s Kubernetes node: fetched programs, then the join', async (scenario) => {
  const { report, root } = await install(scenario, kubernetesNode, kubernetesFiles);

  expect(report.failedUnits).toEqual([]);
  expect(report.units.get('join_cluster.service')).toBe('active exited');
  expect(report.units.get('kubelet.service')).toBe('active running');
  for (const program of ['kubelet', 'kubeadm', 'crictl'] as const) {
    expect(await root.read(`/root/bin/${program}`)).toBe(kubernetesFiles[program]);
    expect((await root.stat(`/root/bin/${program}`))?.mode).toBe(0o755);
  }
  expect(await root.read('/var/lib/kubeadm-calls')).toBe(
    'kubeadm reset -f\n' +
      'kubeadm join 192.0.2.100:6443 --token 7bix0y.3gece9c0oonxnlyx ' +
      '--discovery-token-ca-cert-hash sha256:73c2\n',
  );
  expect(await root.read('/var/lib/kubelet-calls')).toBe(
    'kubelet --config=/var/lib/kubelet/config.yaml --cgroup-driver=systemd\n',
  );
});

async function install(
  scenario: Scenario,
  config: unknown,
  files: Record<string, string> = {},
): Promise<{ report: Report; root: FileSystem }> {
  await using server = await serve({ config, files });
  const disk = emptyDisk(scenario.file('disk.raw'), 256);
  const iso = await isoWithArguments(scenario, automatic());
  await using machine = bootMachine({
    disks: [{ file: disk }],
    iso,
    network: { serverPort: server.port },
  });
  const report = await installAndBoot(machine);
  return { report, root: new FileSystem(disk, 'root') };
}
