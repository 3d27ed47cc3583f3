/**
 * Where this program says more than `ignition-validate` (2.14): the config passes there, and fails
 * on the first boot, or asks for what the specification does not allow. There is no config that
 * fails there and passes here.
 */
const needsName = 'the specification asks for a name, and nothing can be made without one';
const needsTarget = 'the specification asks for a target, also where only 3.3 is made to check it';
const needsSource = 'the specification asks for a source, also where only 3.1 is made to check it';
const since215 = 'refused by Ignition since release 2.15';
const underFile = 'a file is no directory: nothing can be made in it';
const seenAtOnce = 'Ignition unpacks it on the first boot, and fails then';
const belowZero = 'the tool that is given a number below zero refuses it';
const threshold = 'clevis refuses it when the volume is formatted already';
const tooFew = 'mdadm refuses to make an array of so few devices';
const account = 'useradd and groupadd refuse it';

export const differences: Readonly<Record<string, string>> = {
  'users: without a name': needsName,
  'users: an empty name': needsName,
  'groups: without a name': needsName,
  'raid: without a name': needsName,
  'luks: without a name': needsName,
  'nodes: a link without a target': needsTarget,
  'nodes: a link with an empty target': needsTarget,
  'config: merge without a source': needsSource,
  'config: merge with an empty source': needsSource,
  'config: replace with a hash and no source': needsSource,
  'clevis: custom, network only': 'the specification asks for a pin and a config, also in 3.2',
  'compression: with s3': 'the specification says that compression cannot be used with S3',
  'hash: not hexadecimal': 'it cannot be the hash of anything',
  'an authority compressed': seenAtOnce,
  'compression: of a data URL': seenAtOnce,
  'nodes: a file under a file': underFile,
  'nodes: a directory under a file': underFile,
  'nodes: a file where a unit goes': since215,
  'nodes: a file where a dropin goes': since215,
  'timeouts below zero': belowZero,
  'owner: id below zero': belowZero,
  'users: a uid below zero': belowZero,
  'partitions: number below zero': belowZero,
  'partitions: size below zero': belowZero,
  'partitions: start below zero': belowZero,
  'raid: spares below zero': belowZero,
  'clevis: threshold below zero': belowZero,
  'users: a strange name': account,
  'users: a relative home': account,
  'users: a relative shell': account,
  'users: a colon in the comment': account,
  'users: a line break after the hash': account,
  'groups: a name that is a number': account,
  'raid: level raid6': tooFew,
  'raid: level 6': tooFew,
  'raid: more spares than devices': tooFew,
  'raid: spares that are needed': tooFew,
  'clevis: threshold 0': threshold,
  'clevis: threshold too high': threshold,
  'clevis: threshold alone': threshold,
  'a version with a leading zero': 'a semantic version has none',
  'a field twice': 'which of the two counts depends on the reader',
  'nested too deep': 'no config is nested like that',
};
