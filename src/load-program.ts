import { getAsset, getAssetKeys, getRawAsset } from 'node:sea';
import { Script } from 'node:vm';

declare const COREOS_INSTALLER_PACKAGED: boolean | undefined;

const name = 'program.cjs';
type Program = typeof import('./program.ts');

/**
 * The program proper. In the binary it is a script of its own among the assets, so that what can
 * be answered without it need not wait for V8 to take it in.
 */
export async function loadProgram(): Promise<Program> {
  if (typeof COREOS_INSTALLER_PACKAGED === 'undefined') return await import('./program.ts');
  const script = new Script(getAsset(name, 'utf8'), { filename: name, ...codeCache() });
  const module = { exports: {} as Program };
  script.runInThisContext()(module, module.exports, require, '/');
  return module.exports;
}

/** V8's compiled form of the script; V8 ignores one that it did not make itself. */
function codeCache(): { cachedData?: Uint8Array } {
  const key = `${name}.cache`;
  return getAssetKeys().includes(key) ? { cachedData: new Uint8Array(getRawAsset(key)) } : {};
}
