/** What `make bench-fleet` measures. */
export interface FleetResults {
  readonly machine: {
    readonly cores: number;
    readonly processor: string;
    readonly loadAverage: number;
  };
  readonly machines: number;
  /** Until the last one was up. */
  readonly seconds: number;
  /** All that the server has answered. */
  readonly requests: number;
  /** In ms, from the first byte of a request to the last of its answer, with connecting. */
  readonly ipxeMs: Quantiles;
  /** Of fastify alone, in the same run. */
  readonly plainMs: Quantiles;
  /** Of the server, its start included, for each request. */
  readonly cpuMsPerRequest: number;
  /** Resident, of the server before it was killed and of the one after it. */
  readonly peakBytes: number;
  /** From `kill -9` until the next server answers: it reads files and database. */
  readonly restartMs: number;
  readonly events: number;
  /** Reports that were acknowledged, and of these the ones that are in no event. */
  readonly acknowledged: number;
  readonly lost: number;
}

export interface Quantiles {
  readonly count: number;
  readonly median: number;
  readonly p99: number;
}

export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * sorted.length)] ?? Number.NaN;
  return { count: sorted.length, median: at(0.5), p99: at(0.99) };
}

export const goals = { p99Ms: 50, timesPlain: 3, peakBytes: 300e6 };

/** In Markdown, as docs/fleet/scale.md shows it. */
export function fleetTable(results: FleetResults): string {
  const { machine, machines, seconds, requests, ipxeMs, plainMs, peakBytes } = results;
  const { restartMs, events, acknowledged, lost, cpuMsPerRequest } = results;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const times = ipxeMs.p99 / plainMs.p99;
  return [
    `${thousands(machines)} machines in ${seconds.toFixed(0)} s, ${thousands(requests)} requests; ` +
      `${machine.cores} cores (${machine.processor}), which the machines share with the server; load before: ` +
      `${machine.loadAverage.toFixed(1)}`,
    '',
    '| | measured | goal |',
    '|---|---|---|',
    `| \`/ipxe\`, 99 % of ${thousands(ipxeMs.count)} | ${ms(ipxeMs.p99)} | ${goals.p99Ms} ms |`,
    `| compared with fastify alone: ${ms(plainMs.p99)} | ${times.toFixed(1)} times | ${goals.timesPlain} times |`,
    `| \`/ipxe\`, half of them (fastify alone) | ${ms(ipxeMs.median)} (${ms(plainMs.median)}) | |`,
    `| processor time of a request, the server’s starts included | ${cpuMsPerRequest.toFixed(2)} ms | |`,
    `| memory, program included | ${(peakBytes / 1e6).toFixed(0)} MB | ${goals.peakBytes / 1e6} MB |`,
    `| acknowledged reports that \`kill -9\` has lost | ${lost} of ${thousands(acknowledged)} | 0 |`,
    `| from \`kill -9\` until the next server answers, ${thousands(events)} events in the end | ${(restartMs / 1000).toFixed(1)} s | |`,
  ].join('\n');
}

/** What is not as it should be; none: all goals are reached. */
export function missedGoals({ ipxeMs, plainMs, peakBytes, lost }: FleetResults): string[] {
  return [
    ...(ipxeMs.p99 > goals.p99Ms ? ['the 99th percentile of /ipxe'] : []),
    ...(ipxeMs.p99 > goals.timesPlain * plainMs.p99 ? ['/ipxe beside fastify alone'] : []),
    ...(peakBytes > goals.peakBytes ? ['the memory'] : []),
    ...(lost > 0 ? ['the events'] : []),
  ];
}

const thousands = (count: number) => `${count}`.replace(/\B(?=(\d{3})+$)/g, ' ');
