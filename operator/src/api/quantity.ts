const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * The value of a Kubernetes quantity in cores or bytes: `250m` is 0.25, `1Gi` is 1073741824. @throws RangeError otherwise
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantityValue(quantity: string): number {
  const match = /^(\d+(?:\.\d+)?)(n|u|m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(quantity);
  const factor = FACTORS[match?.[2] ?? ''];
  if (match === null || factor === undefined) throw new RangeError(`no quantity: ${quantity}`);
  return Number(match[1]) * factor;
}

const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;

/** A quantity as the API server spells it, so that no change is seen: `0.5` is `500m`. @throws RangeError for no quantity */
export function canonicalQuantity(quantity: string): string {
  const match = /^(\d+)(?:\.(\d+))?(n|u|m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(quantity);
  if (match === null) throw new RangeError(`no quantity: ${quantity}`);
  const [, whole = '', fraction = '', suffix = ''] = match;
  const digits = BigInt(whole + fraction);
  const scale = 10n ** BigInt(fraction.length);
  if (!suffix.endsWith('i')) return inDecimals(ceil(digits * 1000n ** exponent(DECIMAL, suffix), scale));
  const bytes = ceil(digits * 1024n ** exponent(BINARY, suffix), scale);
  return bytes < 1024n ? inDecimals(bytes * 1000n ** 3n) : largestSuffix(bytes, 1024n, BINARY);
}

/** `nanos`: the value in units of 10^-9. */
function inDecimals(nanos: bigint): string {
  return nanos === 0n ? '0' : largestSuffix(nanos, 1000n, DECIMAL);
}

/** The whole number with the largest suffix that loses nothing. */
function largestSuffix(value: bigint, base: bigint, suffixes: readonly string[]): string {
  let [rest, step] = [value, 0];
  while (step < suffixes.length - 1 && rest % base === 0n) {
    rest /= base;
    step++;
  }
  return `${String(rest)}${suffixes[step] ?? ''}`;
}

function exponent(suffixes: readonly string[], suffix: string): bigint {
  return BigInt(suffixes.indexOf(suffix));
}

function ceil(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
