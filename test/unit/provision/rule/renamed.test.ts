import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ControlAt } from '../../../support/control-at.ts';
import { fleetOf, machineNumbered } from '../../../support/fleet.ts';

/** The line of a machine under another name. */
const named = (...names: readonly string[]) =>
  fleetOf(names.map((name, index) => machineNumbered(index + 1, { name })));

function renamed() {
  const at = new ControlAt(named('node-1'));
  at.install(1);
  at.reload(named('Node-1'));
  at.restart();
  at.pass(86_400);
  const answer = at.ask(1);
  const view = () => at.control.view().machines.find(({ name }) => name === 'Node-1');
  return { at, answer, view };
}

test('an installed machine whose line gets another name keeps its system, and somebody is asked', () => {
  const { answer, view } = renamed();
  expect(answer).toMatchObject({ kind: 'local-boot' });
  expect(view()).toMatchObject({ state: 'held', needs: { kind: 'clash' } });
  expect(view()?.needs?.sentence).toContain(
    'It was installed, or was being installed, as node-1 (52:54:00:00:00:01).',
  );
  expect(view()?.needs?.next).toMatch(/adopt Node-1.*release Node-1/);
});

test('so does one whose notice was lost: from its first report on it may have a system', () => {
  const at = new ControlAt(named('node-1'));
  at.report(at.permit(1));
  at.pass(3600);
  at.reload(named('Node-1'));
  at.restart();
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot', why: /^it is held: / });
  const begun = new ControlAt(named('node-1'));
  begun.permit(1);
  begun.pass(3600);
  begun.reload(named('Node-1'));
  expect(begun.ask(1)).toMatchObject({ kind: 'install' });
});

test('adopt keeps it under its new name for good', () => {
  const { at, view } = renamed();
  at.control.operate({ kind: 'adopt', machine: 'Node-1' }, 'test');
  at.restart();
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot', why: 'it is installed' });
  expect(view()?.needs).toBeUndefined();
  at.reload(named('n1'));
  expect(at.ask(1)).toMatchObject({
    kind: 'local-boot',
    why: /^it is held: It was installed, or was being installed, as Node-1/,
  });
});

test('release installs it under its new name', () => {
  const { at } = renamed();
  at.control.operate({ kind: 'release', machine: 'Node-1' }, 'test');
  at.restart();
  at.install(1);
  expect(at.ask(1)).toMatchObject({ kind: 'local-boot', why: 'it is installed' });
});

test('a machine that was adopted, and one that is known by its UUID only, are recognised', () => {
  const known = (name: string) => {
    const { macs, uuid } = machineNumbered(2).identity;
    const byUuid = machineNumbered(2, {
      name: `${name}-2`,
      identity: { macs: [], uuid: `${uuid}` },
    });
    return { fleet: fleetOf([machineNumbered(1, { name: `${name}-1` }), byUuid]), mac: macs[0] };
  };
  const at = new ControlAt(known('a').fleet);
  at.control.operate({ kind: 'adopt' }, 'test');
  at.reload(known('b').fleet);
  for (const number of [1, 2]) expect(at.ask(number)).toMatchObject({ kind: 'local-boot' });
});

test('whatever names the lines get, no system that nobody has given up is overwritten', () => {
  const names = fc.shuffledSubarray(['a', 'b', 'c', 'd'], { minLength: 3, maxLength: 3 });
  const act = fc.oneof(
    { weight: 2, arbitrary: names },
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom('ask', 'end'), fc.integer({ min: 1, max: 3 })),
    },
    { weight: 1, arbitrary: fc.constant('restart') },
  );
  let installations = 0;
  fc.assert(
    fc.property(fc.array(act, { minLength: 10, maxLength: 60, size: 'max' }), (acts) => {
      const at = new ControlAt(named('a', 'b', 'c'));
      const permits = new Map<number, ReturnType<ControlAt['permit']>>();
      const installed = new Set<number>();
      for (const one of acts) {
        at.pass(120);
        if (one === 'restart') at.restart();
        else if (one.length === 3) at.reload(named(...(one as string[])));
        else {
          const [what, number] = one as ['ask' | 'end', number];
          const permit = permits.get(number);
          if (what === 'ask') {
            const decision = at.ask(number);
            permits.delete(number);
            if (decision.kind !== 'install') continue;
            expect(installed.has(number), `${number} is overwritten`).toBe(false);
            permits.set(number, decision.install);
          } else if (permit && at.config(permit) && at.end(permit)) {
            permits.delete(number);
            installed.add(number);
            installations += 1;
          }
        }
      }
      at.stop();
    }),
    { numRuns: 60 },
  );
  expect(installations).toBeGreaterThan(60);
});
