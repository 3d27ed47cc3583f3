import { expect, test } from 'vitest';
import { scripts } from './scripts.ts';

/** What lib.sh asks of dracut-lib.sh, which this machine need not have; the last one counts. */
const dracut = `
getarg() {
  found=1
  for word in $cmdline; do
    case $word in
      "$1") found=0; value= ;;
      "$1"*) case $1 in *=) found=0; value=\${word#"$1"} ;; esac ;;
    esac
  done
  [ $found = 0 ] && echo "$value"
  return $found
}
getargbool() {
  value=$(getarg "$2=") || value=$(getarg "$2") || value=$1
  case $value in 0 | no | off) return 1 ;; esac
}`;

test.each([
  ['coreos.inst=yes', true],
  ['coreos.inst', true],
  ['coreos.inst.install_dev=vda', true],
  ['coreos.coreos.inst.install_dev=vda', true],
  ['coreos.inst=no coreos.inst.install_dev=vda', false],
  ['coreos.inst=0', false],
  ['quiet coreos.inst.image_url=http://192.0.2.100/x', false],
])('%s: the installer starts: %s', async (cmdline, starts) => {
  await using machine = scripts([]);
  const text = `cmdline='${cmdline}'; ${dracut}; installer_wanted && echo starts || true`;
  expect(await machine.run(text)).toBe(starts ? 'starts\n' : '');
});
