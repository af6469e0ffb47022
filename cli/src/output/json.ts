/** A value as people and programs read it. */
export function indented(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
