import type { Finding } from '../ignition/finding.ts';
import type { Place } from './yaml-places.ts';

/** What was found in the Ignition config, with the place in the YAML that it came from. */
export function relocate(finding: Finding, places: ReadonlyMap<string, Place>): Finding {
  for (let path = finding.path; path !== ''; path = path.replace(/(\.\w+|\[[^[]*\]|^\w+)$/, '')) {
    const place = places.get(path);
    if (place !== undefined) return { ...finding, ...place };
    if (/^\w*$/.test(path)) break;
  }
  return { ...finding, line: 1, column: 1 };
}
