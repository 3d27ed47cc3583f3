/** The fake machines of a rack in a process of their own: JSON at standard input, their records at the end. */
import { json } from 'node:stream/consumers';
import type { FakeDescription } from './fault-plan.ts';
import { runFakes } from './run-fakes.ts';
import { Site, type SiteOptions } from './site.ts';

const { machines, site } = (await json(process.stdin)) as {
  readonly machines: readonly FakeDescription[];
  readonly site: SiteOptions;
};
process.stdout.write(JSON.stringify(await runFakes(machines, new Site(site))));
