import { macOf, uuidOf } from '../fleet.ts';
import { Random } from '../random.ts';

/** What goes wrong with a machine, and how large a share of the machines has it. */
const shares = {
  /** Loses its power in the middle, and stays off. */
  cut: 0.02,
  /** Loses its power in the middle, and comes back at once: the network is first. */
  restarts: 0.01,
  /** Its disk is first and its notice never arrives: nobody hears of it again. */
  mute: 0.005,
  /** The same, and the network is first: it asks again, with the install id on its disk. */
  'loses-notice': 0.01,
  /** Its firmware does not get to the disk: it asks again and again. */
  'comes-back': 0.01,
  /** Its link is bad. */
  slow: 0.005,
  /** It has the UUID of another machine, which has `shares-uuid`. */
  'same-uuid': 0.005,
  /** Its disk cannot be written. */
  'broken-disk': 0.005,
  /** An operator holds it. */
  held: 0.005,
} as const;

export type Fault = keyof typeof shares | 'none' | 'shares-uuid' | 'stranger';

/** A fake machine, as JSON. */
export interface FakeDescription {
  /** In machines.csv; of a stranger, what the server calls it. */
  readonly name: string;
  readonly number: number;
  readonly rack: string;
  readonly mac: string;
  /** What its firmware says. */
  readonly uuid: string;
  /** From where it sends; undefined: as the system chooses. */
  readonly address?: string;
  readonly fault: Fault;
  /** When it is switched on, in ms of the machines. */
  readonly powerOnMs: number;
  /** How often it is restarted after it was installed. */
  readonly restarts: number;
}

export interface Planned {
  readonly count: number;
  readonly seed: number;
  /** All are switched on within it. */
  readonly spreadMs: number;
  readonly machinesInRack?: number;
  readonly addressOf?: (rack: number, inRack: number) => string;
  /** Without: all machines are sound. */
  readonly withFaults: boolean;
}

/** `count` machines on lines of the table, of each fault at least one, and beyond them strangers. */
export function planFakes(planned: Planned): FakeDescription[] {
  const { count, seed, spreadMs, machinesInRack = 40, addressOf, withFaults } = planned;
  const random = new Random(seed);
  const faults = withFaults ? chooseFaults(count, random) : new Map<number, Chosen>();
  const strangers = withFaults ? Math.ceil(count * 0.005) : 0;
  return Array.from({ length: count + strangers }, (_, index) => {
    const number = index + 1;
    const isStranger = number > count;
    // Strangers plug into the racks that are there.
    const place = isStranger ? index - count : index;
    const rack = Math.floor(place / machinesInRack);
    const { fault, uuidFrom } = faults.get(number) ?? { fault: 'none', uuidFrom: number };
    const address = addressOf?.(rack, isStranger ? machinesInRack : place % machinesInRack);
    return {
      name: isStranger ? macOf(number) : `node-${number}`,
      number,
      rack: `r${rack + 1}`,
      mac: macOf(number),
      uuid: uuidOf(uuidFrom),
      ...(address !== undefined && { address }),
      fault: isStranger ? 'stranger' : fault,
      // While the others install as well: slowness is in relation to them.
      powerOnMs: fault === 'slow' ? 0 : random.below(spreadMs),
      restarts: withFaults && fault === 'none' && random.chance(0.1) ? 2 : 0,
    };
  });
}

interface Chosen {
  readonly fault: Fault;
  readonly uuidFrom: number;
}

function chooseFaults(count: number, random: Random): Map<number, Chosen> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const take = () => numbers.splice(random.below(numbers.length), 1)[0] as number;
  const chosen = new Map<number, Chosen>();
  for (const [fault, share] of Object.entries(shares) as [keyof typeof shares, number][])
    for (let left = Math.max(1, Math.round(count * share)); left > 0; left -= 1) {
      const number = take();
      if (fault === 'same-uuid') {
        const other = take();
        chosen.set(number, { fault, uuidFrom: other });
        chosen.set(other, { fault: 'shares-uuid', uuidFrom: other });
      } else chosen.set(number, { fault, uuidFrom: number });
    }
  return chosen;
}
