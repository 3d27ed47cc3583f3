/** A rule: the expression is true while a human is needed. */
interface Alert {
  readonly name: string;
  readonly expression: string;
  readonly forText: string;
  readonly summary: string;
}

export const alerts: readonly Alert[] = [
  {
    name: 'ProvisioningServerDown',
    expression: 'absent(coreos_provision_machines)',
    forText: '5m',
    summary: 'The provisioning server does not answer. Installed machines are not affected.',
  },
  {
    name: 'MachinesNeedHuman',
    expression: 'sum by (kind) (coreos_provision_machines_in_need) > 0',
    forText: '5m',
    summary: '{{ $value }} machines need a human ({{ $labels.kind }}). The page has the reasons.',
  },
  {
    name: 'InstallationsStopped',
    expression: 'coreos_provision_gate_closed == 1 or coreos_provision_load_failed == 1',
    forText: '1m',
    summary: 'No further machine begins after failures, or the newest files are not in use.',
  },
  {
    name: 'InstallationsSlow',
    expression:
      'histogram_quantile(0.9, sum by (le) (rate(coreos_provision_install_seconds_bucket[30m]))) > 1800',
    forText: '10m',
    summary: 'One of ten installations takes more than half an hour. Look at the caches.',
  },
];

/** A file of rules; JSON is YAML as well, and needs no second set of quotes. */
export function prometheusRules(): string {
  const rules = alerts.map(({ name, expression, forText, summary }) => ({
    alert: name,
    expr: expression,
    for: forText,
    labels: { severity: 'warning' },
    annotations: { summary },
  }));
  const groups = [{ name: 'coreos-provision', rules }];
  return `# Written by coreos-provision emit prometheus.\n${JSON.stringify({ groups }, undefined, 2)}\n`;
}
