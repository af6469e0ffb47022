/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */

/** Value of a label, at most 63 characters. */
export const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
export const LABEL_VALUE_LENGTH = 63;

/** Key of a label: a name, after a DNS name and a slash or not. */
export const LABEL_KEY =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*[/])?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX_LENGTH = 253;
/** Prefix, slash and name. */
export const LABEL_KEY_LENGTH = PREFIX_LENGTH + 1 + LABEL_VALUE_LENGTH;

/** Whether the API server takes it as the key of a label. */
export function isLabelKey(key: string): boolean {
  return LABEL_KEY.test(key) && key.lastIndexOf('/') <= PREFIX_LENGTH;
}
