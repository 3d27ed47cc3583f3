/** A panel: a title, the unit of its values, and its queries with their legends. */
type Panel = readonly [title: string, unit: string, queries: Readonly<Record<string, string>>];

const bySeconds = 'sum by (le) (rate(coreos_provision_install_seconds_bucket[15m]))';
const panels: readonly Panel[] = [
  ['Machines by state', 'short', { '{{state}}': 'coreos_provision_machines' }],
  ['Needs a human', 'short', { '{{kind}}': 'coreos_provision_machines_in_need' }],
  ['Slots', 'short', { used: 'coreos_provision_slots_used', all: 'coreos_provision_slots' }],
  [
    'Installations per hour',
    'short',
    { installed: 'sum(increase(coreos_provision_installs_total[1h]))' },
  ],
  [
    'Failures per hour, by exit code',
    'short',
    { '{{exit_code}}': 'sum by (exit_code) (increase(coreos_provision_failures_total[1h]))' },
  ],
  [
    'Time of an installation',
    's',
    {
      median: `histogram_quantile(0.5, ${bySeconds})`,
      'slowest tenth': `histogram_quantile(0.9, ${bySeconds})`,
    },
  ],
  ['Written to disks', 'Bps', { bytes: 'coreos_provision_written_bytes_per_second' }],
];

/** For Grafana's import; it asks for the Prometheus data source. */
export function grafanaDashboard(): string {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is Grafana’s.
  const datasource = { type: 'prometheus', uid: '${DS_PROMETHEUS}' };
  const input = { name: 'DS_PROMETHEUS', label: 'Prometheus', type: 'datasource' };
  return `${JSON.stringify(
    {
      __inputs: [{ ...input, pluginId: 'prometheus', pluginName: 'Prometheus' }],
      uid: 'coreos-provision',
      title: 'Provisioning',
      schemaVersion: 38,
      refresh: '30s',
      time: { from: 'now-3h', to: 'now' },
      panels: panels.map(([title, unit, queries], index) => ({
        id: index + 1,
        type: 'timeseries',
        title,
        datasource,
        gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
        fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
        targets: Object.entries(queries).map(([legendFormat, expr], at) => ({
          refId: String.fromCharCode(65 + at),
          datasource,
          expr,
          legendFormat,
        })),
      })),
    },
    undefined,
    2,
  )}\n`;
}
