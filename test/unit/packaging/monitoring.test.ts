import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from '../../../scripts/lib/paths.ts';
import { FakeControl } from '../../support/fake-control.ts';
import { lacks } from '../../support/needs.ts';
import { provisionServer } from '../../support/provision-server.ts';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number };
    readonly targets: readonly { readonly refId: string; readonly expr: string }[];
  }[];
}
interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}
const fleet = join(root, 'packaging/fleet');
const rulesPath = join(fleet, 'prometheus-rules.yml');
const dashboard: Dashboard = JSON.parse(
  readFileSync(join(fleet, 'grafana-dashboard.json'), 'utf8'),
);
const alerts = (parse(readFileSync(rulesPath, 'utf8')) as Rules).groups.flatMap(
  ({ rules }) => rules,
);
const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** A file for promtool. */
async function inFile<T>(content: object, work: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'rules-'));
  try {
    const path = join(directory, 'rules.yml');
    await writeFile(path, JSON.stringify(content));
    return await work(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}

test('the server has all figures that are asked for', async () => {
  await using server = await provisionServer(new FakeControl());
  const { text } = await server.ask('/metrics');
  const figures = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  for (const expr of [...queries, ...alerts.map(({ expr }) => expr)]) {
    const names = [...expr.matchAll(/coreos_provision_\w+/g)];
    expect(names).not.toEqual([]);
    for (const [name] of names) expect(figures).toContain(name.replace(/_bucket$/, ''));
  }
});

test.skipIf(lacks('promtool'))('Prometheus takes the rules', async () => {
  const { stdout } = await execa('promtool', ['check', 'rules', rulesPath]);
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
    const tests = { rule_files: [rulesPath], evaluation_interval: '1m', tests: [unitTest] };
    await inFile(tests, async (path) => {
      const { stdout } = await execa('promtool', ['test', 'rules', path]);
      expect(stdout).toContain('SUCCESS');
    });
  },
);

test.skipIf(lacks('promtool'))('Prometheus understands every query of the dashboard', async () => {
  const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }));
  const { stdout } = await inFile({ groups: [{ name: 'dashboard', rules }] }, (path) =>
    execa('promtool', ['check', 'rules', path]),
  );
  expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
});

test('no two panels of the dashboard overlap', () => {
  const places = dashboard.panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
  expect(new Set(places).size).toBe(places.length);
  for (const { targets } of dashboard.panels)
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
});
