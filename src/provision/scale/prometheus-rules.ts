/** Each is raised after its time while its expression is true. */
export const alerts = [
  {
    alert: 'ProvisioningServerDown',
    expr: 'absent(coreos_provision_machines)',
    for: '5m',
    summary: 'The provisioning server does not answer. Installed machines are not affected.',
  },
  {
    alert: 'MachinesNeedHuman',
    expr: 'sum by (kind) (coreos_provision_machines_in_need) > 0',
    for: '5m',
    summary: '{{ $value }} machines need a human ({{ $labels.kind }}). The page has the reasons.',
  },
  {
    alert: 'InstallationsStopped',
    expr: 'coreos_provision_gate_closed == 1 or coreos_provision_load_failed == 1',
    for: '1m',
    summary: 'No further machine begins after failures, or the newest files are not in use.',
  },
  {
    alert: 'InstallationsSlow',
    expr: 'histogram_quantile(0.9, sum by (le) (rate(coreos_provision_install_seconds_bucket[30m]))) > 1800',
    for: '10m',
    summary: 'One of ten installations takes more than half an hour. Look at the caches.',
  },
] as const;

/** A file of rules. JSON is YAML as well. */
export function prometheusRules(): string {
  const rules = alerts.map(({ summary, ...rule }) => ({
    ...rule,
    labels: { severity: 'warning' },
    annotations: { summary },
  }));
  const groups = [{ name: 'coreos-provision', rules }];
  return `# Written by coreos-provision emit prometheus.\n${JSON.stringify({ groups }, undefined, 2)}\n`;
}
