import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uuidOf } from '../../../support/fleet.ts';
import { type Box, boxNumbered, FleetWorld } from '../../../support/fleet-world.ts';

const network = fc.constantFrom('fine', 'fine', 'fine', 'lost', 'doubled', 'late');
const which = fc.nat(2);
const number = fc.integer({ min: 1, max: 3 });

type Act = (world: FleetWorld) => void;
const tell = (text: string, act: Act) => Object.assign(act, { toString: () => text });
const boxOf = (world: FleetWorld, index: number) => world.boxes[index % world.boxes.length] as Box;
const quietly =
  (act: Act): Act =>
  (world) => {
    try {
      act(world);
    } catch (error) {
      // What operators cannot do now.
      if ((error as Error).name !== 'ParameterError') throw error;
    }
  };

const machines = [
  {
    weight: 45,
    arbitrary: fc
      .tuple(which, network)
      .map(([w, n]) => tell(`step ${w} ${n}`, (world) => world.step(boxOf(world, w), n as 'fine'))),
  },
  {
    weight: 3,
    arbitrary: which.map((w) => tell(`boot ${w}`, (world) => world.boot(boxOf(world, w)))),
  },
  {
    weight: 2,
    arbitrary: fc
      .nat(9)
      .map((n) =>
        tell(`deliver ${n}`, (world) =>
          world.delayed.splice(n % (world.delayed.length || 1), 1)[0]?.(),
        ),
      ),
  },
];
const passing = (reporting: boolean) => ({
  weight: 4,
  arbitrary: fc
    .constantFrom(1, 10, 30, 70, 200, 1000, 4000)
    .map((s) => tell(`pass ${s}`, (world) => world.pass(s, reporting))),
});
const crashes = [
  { weight: 1, arbitrary: fc.constant(tell('crash', (world) => world.crash())) },
  {
    weight: 1,
    arbitrary: which.map((w) =>
      tell(`crash while asking ${w}`, (world) => world.crashWhileAsking(boxOf(world, w))),
    ),
  },
];
const operators = [
  {
    weight: 2,
    arbitrary: fc.constant(
      tell('release', (world) => world.control.operate({ kind: 'release' }, 'test')),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      tell('hold', (world) => world.control.operate({ kind: 'hold' }, 'test')),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('hold', 'release', 'retry', 'adopt'), number)
      .map(([kind, n]) =>
        tell(
          `${kind} ${n}`,
          quietly((world) =>
            world.control.operate({ kind, machine: `node-${n}` } as never, 'test'),
          ),
        ),
      ),
  },
];
const raise = {
  weight: 1,
  arbitrary: number.map((n) => tell(`raise ${n}`, (world) => world.raise(n))),
};
const reinstall = {
  weight: 1,
  arbitrary: number.map((n) =>
    tell(
      `reinstall ${n}`,
      quietly((world) =>
        world.control.operate({ kind: 'reinstall', machine: `node-${n}` }, 'test'),
      ),
    ),
  ),
};
const losses = [
  { weight: 1, arbitrary: fc.constant(tell('back up', (world) => world.backUp())) },
  { weight: 1, arbitrary: fc.constant(tell('restore', (world) => world.restore())) },
  { weight: 1, arbitrary: fc.constant(tell('wipe', (world) => world.wipe())) },
];

const settings = { concurrency: 2, stopWhen: { failures: 3, percent: 5 }, canary: 0 };

function run(world: FleetWorld, acts: readonly Act[], check: () => void): void {
  try {
    world.control.operate({ kind: 'release' }, 'test');
    for (const act of acts) {
      act(world);
      world.settle();
      expect(world.broken).toEqual([]);
      check();
    }
  } finally {
    world.end();
  }
}

const noneTwice = (world: FleetWorld) => () => {
  for (const { commits, number } of world.boxes)
    expect(new Set(commits).size, `commits to box ${number}: ${commits}`).toBe(commits.length);
};

const acts = (...of: { weight: number; arbitrary: fc.Arbitrary<Act> }[]) =>
  fc.array(fc.oneof(...of), { minLength: 20, maxLength: 120, size: 'max' });

test('nothing is installed without a permit, and none twice, whatever is lost, doubled, late, restored or wiped', () => {
  let commits = 0;
  fc.assert(
    fc.property(
      acts(...machines, passing(false), ...crashes, ...operators, raise, ...losses),
      (list) => {
        const world = new FleetWorld([1, 2, 3].map(boxNumbered), settings);
        run(world, list, noneTwice(world));
        commits += world.boxes.reduce((sum, box) => sum + box.commits.length, 0);
      },
    ),
    { numRuns: 150 },
  );
  expect(commits).toBeGreaterThan(100);
});

test('the same with the command that installs again, as long as the database lives', () => {
  fc.assert(
    fc.property(
      acts(...machines, passing(false), ...crashes, ...operators, raise, reinstall),
      (list) => {
        const world = new FleetWorld([1, 2, 3].map(boxNumbered), settings);
        run(world, list, noneTwice(world));
      },
    ),
    { numRuns: 100 },
  );
});

test('after an installation the machine boots from its disk, until somebody raises its generation', () => {
  fc.assert(
    fc.property(acts(...machines, passing(true), ...crashes), (list) => {
      const world = new FleetWorld([1, 2, 3].map(boxNumbered), settings);
      run(world, list, () => {
        for (const { state, installedGeneration, name } of world.control.view().machines) {
          if (installedGeneration === 0) continue;
          const box = world.boxes.find(({ number }) => name === `node-${number}`) as Box;
          expect(/installed|came-back|held/.test(state), state).toBe(true);
          expect(world.ask(box).kind).toBe('local-boot');
          expect(box.commits.length).toBe(1);
        }
      });
    }),
    { numRuns: 100 },
  );
});

test('an empty database installs nothing until it is released or adopted', () => {
  const peaceful = operators.slice(1, 2);
  fc.assert(
    fc.property(acts(...machines, passing(false), ...crashes, ...peaceful, raise), (list) => {
      const world = new FleetWorld([1, 2, 3].map(boxNumbered), settings);
      world.wipe();
      try {
        for (const act of list) {
          act(world);
          world.settle();
        }
        expect(world.boxes.flatMap(({ commits }) => commits)).toEqual([]);
        expect(world.control.view().machines.map(({ attempts }) => attempts)).toEqual([0, 0, 0]);
      } finally {
        world.end();
      }
    }),
    { numRuns: 50 },
  );
});

test('of two machines with one UUID at most one is installed, as long as installers report', () => {
  const uuid = uuidOf(1);
  let installed = 0;
  fc.assert(
    fc.property(acts(...machines, passing(true), ...crashes), (list) => {
      const twins = [1, 2].map((n) => ({ ...boxNumbered(n), number: 1, query: { uuid } }));
      const world = new FleetWorld(twins, settings);
      world.noticesArrive = true;
      run(world, list, () => {
        const [one, other] = world.boxes.map(({ commits }) => commits);
        expect(one?.length && other?.length ? 'both' : 'one').toBe('one');
      });
      installed += world.boxes.flatMap(({ commits }) => commits).length;
    }),
    { numRuns: 200 },
  );
  expect(installed).toBeGreaterThan(50);
});
