import { partsOf } from './given.ts';
import { maskedValue } from './lists.ts';
import {
  allParameters,
  describeOrigin,
  type Origin,
  type ParameterKey,
  type Parameters,
  parameterKeys,
  textOf,
} from './parameters.ts';

type Row = readonly [label: string, value: string, origin: Origin | undefined];

/** One aligned line for each parameter: its value, secrets masked, and where it came from. */
export function describeParameters(parameters: Parameters): string[] {
  const isUsual = (key: ParameterKey) =>
    'needed' in allParameters[key] || 'otherwise' in allParameters[key];
  const rowsOf = (keys: readonly ParameterKey[]) => keys.flatMap((key) => rowOf(key, parameters));
  const rows = [
    ...rowsOf(parameterKeys.filter(isUsual)),
    ...firstBootRows(parameters),
    ...rowsOf(parameterKeys.filter((key) => !isUsual(key))),
  ];
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.map(([label, value, origin]) => {
    const from = origin === undefined ? 'by default' : `from ${describeOrigin(origin)}`;
    return `${`${label}:`.padEnd(width)}${value} (${from})`;
  });
}

/** None if it is not given and nothing is said of that. */
function rowOf(key: ParameterKey, parameters: Parameters): Row[] {
  const parameter = allParameters[key];
  const given = parameters[key];
  if ('on' in parameter) return given ? [[parameter.label, parameter.on, given.origin]] : [];
  const { label, otherwise, repeated } = parameter;
  if (given)
    return partsOf({ ...given, value: textOf(given.value) }).map(({ value, origin }) => [
      label,
      maskedValue(value, repeated),
      origin,
    ]);
  const skipped = key === 'ignitionUrl' ? parameters.skipIgnition?.origin : undefined;
  return otherwise === undefined ? [] : [[label, otherwise, skipped]];
}

function firstBootRows({ networkArguments, networkOrigin, extraKcmdline }: Parameters): Row[] {
  const network = networkArguments.join(' ');
  return [
    ...(network === '' ? [] : [['Network arguments', network, networkOrigin] as const]),
    ...(extraKcmdline
      ? [['Extra arguments', extraKcmdline.value, extraKcmdline.origin] as const]
      : []),
  ];
}
