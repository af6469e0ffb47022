/** A LabelSelector as objects carry it. */
export interface LabelSelector {
  matchExpressions?: Requirement[];
}

export interface Requirement {
  key: string;
  operator: string;
  values?: string[];
}

const SET = /^(\S+)\s+(in|notin)\s+\((.*)\)$/;
const EQUALITY = /^([^!=\s]+)\s*(!=|==?)\s*(\S*)$/;

/**
 * A label selector as text (`kubectl -l`) in the form that objects carry. Pure; the setting was validated before.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function labelSelector(text: string): LabelSelector {
  if (text.trim() === '') return {};
  // Commas between requirements, not those inside of parentheses.
  return { matchExpressions: text.split(/,(?![^(]*\))/).map((part) => requirement(part.trim())) };
}

function requirement(text: string): Requirement {
  const [, setKey, setOperator, list = ''] = SET.exec(text) ?? [];
  if (setKey !== undefined) {
    const values = list.split(',').map((value) => value.trim());
    return { key: setKey, operator: setOperator === 'in' ? 'In' : 'NotIn', values };
  }
  const [, key, sign, value = ''] = EQUALITY.exec(text) ?? [];
  if (key !== undefined) return { key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] };
  return text.startsWith('!')
    ? { key: text.slice(1), operator: 'DoesNotExist' }
    : { key: text, operator: 'Exists' };
}
