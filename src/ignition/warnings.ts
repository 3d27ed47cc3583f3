import type { PathStep } from './finding.ts';
import type { Config } from './schema/config.ts';
import { hasInstallSection, hasLinesOutsideSections } from './schema/unit-syntax.ts';
import { schemeOf } from './schema/url.ts';

/** Told of a whole config; no fault of one that is to be merged into another. */
export const nobodyLogsIn =
  'nobody will be able to log in: no user has an SSH key or a password, and nothing logs in by itself';

export type Warning = readonly [path: readonly PathStep[], message: string];

/** What is allowed, and hardly ever meant. */
export function* warningsOf(config: Config, minor: number): Generator<Warning> {
  yield* modes(config, minor);
  yield* units(config);
  if (schemeOf(config.ignition.proxy?.httpsProxy ?? '') === 'http')
    yield [
      ['ignition', 'proxy', 'httpsProxy'],
      'what is fetched by https: goes over a plain proxy',
    ];
  if (!canSomebodyLogIn(config)) {
    yield [['passwd'], nobodyLogsIn];
  }
}

/** 3.4 and 3.5 were meant to set them, and did so wrongly. */
const specialBitsSince = 6;

/** Usual modes, when somebody forgot that JSON has no octal numbers. */
const octalLookalikes = [
  ...[400, 440, 444, 550, 555, 600, 640, 644, 660, 664, 666],
  ...[700, 710, 711, 750, 755, 770, 775, 777, 1777],
];

function* modes({ storage = {} }: Config, minor: number): Generator<Warning> {
  for (const kind of ['files', 'directories'] as const) {
    for (const [index, { mode = 0 }] of (storage[kind] ?? []).entries()) {
      const path = ['storage', kind, index, 'mode'];
      const meant = Number.parseInt(`${mode}`, 8);
      if (octalLookalikes.includes(mode))
        yield [
          path,
          `${mode} is decimal here, and means 0${mode.toString(8)}; 0${mode} is ${meant}`,
        ];
      else if (minor < specialBitsSince && mode > 0o777 && mode <= 0o7777)
        yield [path, 'setuid, setgid and sticky bits are not set by versions before 3.6.0'];
    }
  }
}

function* units({ systemd = {} }: Config): Generator<Warning> {
  for (const [index, { enabled, contents, dropins = [] }] of (systemd.units ?? []).entries()) {
    const place = ['systemd', 'units', index];
    if (enabled && contents && !hasInstallSection(contents))
      yield [[...place, 'enabled'], 'it has no effect: the unit has no [Install] section'];
    if (hasLinesOutsideSections(contents ?? ''))
      yield [[...place, 'contents'], 'lines before the first [Section] have no effect'];
    for (const [number, { contents = '' }] of dropins.entries()) {
      if (hasLinesOutsideSections(contents))
        yield [
          [...place, 'dropins', number, 'contents'],
          'lines before the first [Section] have no effect',
        ];
    }
  }
}

/** As far as can be told: configs that are fetched may do anything. */
function canSomebodyLogIn(config: Config): boolean {
  const { ignition, passwd = {}, systemd = {}, storage = {} } = config;
  if (ignition.config?.merge?.length || ignition.config?.replace?.source) return true;
  const users = (passwd.users ?? []).filter(({ shouldExist }) => shouldExist !== false);
  if (users.some((user) => user.sshAuthorizedKeys?.length || isPassword(user.passwordHash)))
    return true;
  const texts = (systemd.units ?? []).flatMap(({ contents, dropins = [] }) => [
    contents,
    ...dropins.map((dropin) => dropin.contents),
  ]);
  if (texts.some((text) => text !== undefined && /autologin/i.test(text))) return true;
  return (storage.files ?? []).some(({ path }) =>
    /authorized_keys|getty@|^\/etc\/(passwd|shadow)$/.test(path),
  );
}

/** `*` and `!` begin what no password can match. */
const isPassword = (hash: string | undefined) => hash !== undefined && /^[^*!]/.test(hash);
