import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { grafanaDashboard } from '../../../../src/provision/scale/grafana-dashboard.ts';
import { alerts, prometheusRules } from '../../../../src/provision/scale/prometheus-rules.ts';
import { lacks } from '../../../support/needs.ts';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number };
    readonly targets: readonly { readonly refId: string; readonly expr: string }[];
  }[];
}
const dashboard = (): Dashboard => JSON.parse(grafanaDashboard());
const expressions = () => dashboard().panels.flatMap(({ targets }) => targets.map((t) => t.expr));

async function inFile<T>(content: string, work: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'rules-'));
  try {
    const path = join(directory, 'rules.yml');
    await writeFile(path, content);
    return await work(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test.skipIf(lacks('promtool'))('Prometheus takes the rules', async () => {
  const { stdout } = await inFile(prometheusRules(), (path) =>
    execa('promtool', ['check', 'rules', path]),
  );
  expect(stdout).toContain(`SUCCESS: ${alerts.length} rules found`);
});

/** Series of a server that is well, by name: values as promtool writes them, one a minute. */
const well: Readonly<Record<string, string>> = {
  'coreos_provision_machines{state="booted"}': '40x90',
  coreos_provision_gate_closed: '0x90',
  'coreos_provision_machines_in_need{kind="failed"}': '0x90',
  'coreos_provision_install_seconds_bucket{le="1800"}': '0+10x90',
  'coreos_provision_install_seconds_bucket{le="3600"}': '0+10x90',
  'coreos_provision_install_seconds_bucket{le="+Inf"}': '0+10x90',
};
const situations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: well,
  ProvisioningServerDown: {},
  MachinesNeedHuman: { ...well, 'coreos_provision_machines_in_need{kind="failed"}': '2x90' },
  InstallationsStopped: { ...well, coreos_provision_gate_closed: '1x90' },
  InstallationsSlow: {
    ...well,
    'coreos_provision_install_seconds_bucket{le="1800"}': '0+5x90',
  },
};

test('there is a situation for each alert', () => {
  expect(Object.keys(situations)).toEqual(['none', ...alerts.map(({ alert }) => alert)]);
});

test.skipIf(lacks('promtool')).each(Object.entries(situations))(
  'it raises %s, and no other alert',
  async (raised, series) => {
    const unitTest = {
      interval: '1m',
      input_series: Object.entries(series).map(([series, values]) => ({ series, values })),
      promql_expr_test: alerts.map(({ alert: name }) => ({
        expr: `count(ALERTS{alertname="${name}",alertstate="firing"})`,
        eval_time: '80m',
        exp_samples: name === raised ? [{ labels: '{}', value: 1 }] : [],
      })),
    };
    await inFile(prometheusRules(), async (path) => {
      const tests = { rule_files: ['rules.yml'], evaluation_interval: '1m', tests: [unitTest] };
      await writeFile(`${path}.test`, JSON.stringify(tests));
      const { stdout } = await execa('promtool', ['test', 'rules', `${path}.test`]);
      expect(stdout).toContain('SUCCESS');
    });
  },
);

test.skipIf(lacks('promtool'))('Prometheus understands every query of the dashboard', async () => {
  const rules = expressions().map((expr, index) => ({ record: `query:${index}`, expr }));
  const { stdout } = await inFile(
    JSON.stringify({ groups: [{ name: 'dashboard', rules }] }),
    (path) => execa('promtool', ['check', 'rules', path]),
  );
  expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
});

test('no two panels of the dashboard overlap', () => {
  const places = dashboard().panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
  expect(new Set(places).size).toBe(places.length);
  for (const { targets } of dashboard().panels)
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
});
