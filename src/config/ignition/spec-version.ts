import type { ObjectNode, ValueNode } from '@humanwhocodes/momoa';
import { isPlaceholder } from '../../lib/text.ts';
import { codeOf, type Finding } from './finding.ts';
import { newestMinor } from './schema/config.ts';

export interface Version {
  /** As written, such as `3.0.0`. */
  readonly text: string;
  /** The minor version to check by: that of the text, or the newest that is known. */
  readonly minor: number;
  /** Whether it is a stable version that is known here. */
  readonly known: boolean;
  readonly findings: readonly Finding[];
}

const create = 'Create it with butane from a Butane config.';

/** What version of the specification the config follows; a finding when it is none of 3.x. */
export function readVersion(root: ObjectNode): Version | Finding {
  const ignition = member(root, 'ignition');
  if (ignition?.type !== 'Object') {
    return member(root, 'variant') === undefined
      ? fatal(ignition ?? root, 'ignition', 'it has no "ignition" object', create)
      : fatal(
          root,
          '',
          'it is a Butane config',
          'Translate it into an Ignition config first: coreos-installer translate x.json > x.ign',
        );
  }
  const node = member(ignition, 'version');
  if (node?.type !== 'String') {
    const message = 'its ignition.version is missing or not a string';
    return fatal(node ?? ignition, 'ignition.version', message, create);
  }
  const text = node.value;
  const [, major, minorText = '', patch, prerelease] =
    /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-experimental)?$/.exec(text) ?? [];
  if (major === undefined) {
    const message = isPlaceholder(text)
      ? 'its ignition.version is a placeholder that was not filled in'
      : 'its ignition.version is not of the form 3.0.0';
    return fatal(node, 'ignition.version', message, create);
  }
  if (major !== '3') {
    return fatal(
      node,
      'ignition.version',
      `its version is ${text}, but Fedora CoreOS needs 3.x`,
      'Create it again with butane; configs of 2.x can be translated with ign-converter.',
    );
  }
  const minor = Number(minorText);
  const finding = (severity: 'error' | 'warning', message: string): Finding => ({
    severity,
    code: severity === 'error' ? 'config-version-unsupported' : codeOf(severity),
    path: 'ignition.version',
    ...startOf(node),
    message,
  });
  const findings: Finding[] = [];
  if (prerelease !== undefined) {
    const message = `only one release of Ignition reads ${text}; use the version without -experimental`;
    findings.push(finding('warning', message));
  } else if (minor > newestMinor) {
    const message = `${text} is newer than the newest version supported (3.${newestMinor}.0); it was checked as that`;
    findings.push(finding('warning', message));
  } else if (patch !== '0') {
    findings.push(finding('error', `there is no version ${text}; the last number must be 0`));
  }
  const known = prerelease === undefined && minor <= newestMinor;
  return { text, minor: Math.min(minor, newestMinor), known, findings };
}

/** The last member of that name, which is the one that is used. */
function member(object: ObjectNode, name: string): ValueNode | undefined {
  return object.members.findLast(({ name: key }) => key.type === 'String' && key.value === name)
    ?.value;
}

function fatal(node: ValueNode, path: string, message: string, next: string): Finding {
  const code = path === 'ignition.version' ? 'config-version-unsupported' : 'config-unrecognized';
  return { severity: 'fatal', code, path, ...startOf(node), message, next };
}

function startOf({ loc }: ValueNode): { line: number; column: number } {
  return { line: loc.start.line, column: loc.start.column };
}
