import * as v from 'valibot';
import { flag, required, rule, unique } from './rule.ts';
import { unitFault } from './unit-syntax.ts';

const types = [
  ...['service', 'socket', 'device', 'mount', 'automount', 'swap', 'target', 'path', 'timer'],
  ...['snapshot', 'slice', 'scope'],
];
const unitName = new RegExp(`\\.(${types.join('|')})$`);

const contents = v.optional(v.pipe(v.string(), rule(unitFault)));

const dropin = v.object({
  name: v.pipe(
    required,
    rule((name) => (name.endsWith('.conf') ? undefined : 'a drop-in’s name must end with .conf')),
  ),
  contents,
});

const unit = v.object({
  name: v.pipe(
    required,
    rule((name) =>
      unitName.test(name)
        ? undefined
        : 'a unit’s name must end with .service, .mount, .timer or the like',
    ),
  ),
  enabled: flag,
  mask: flag,
  contents,
  dropins: v.optional(
    v.pipe(
      v.array(dropin),
      unique('drop-in', ({ name }) => name),
    ),
  ),
});

export const systemd = v.object({
  units: v.optional(
    v.pipe(
      v.array(unit),
      unique('unit', ({ name }) => name),
    ),
  ),
});

export type Unit = NonNullable<v.InferOutput<typeof systemd>['units']>[number];
