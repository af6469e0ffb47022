/** Order by code points: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

interface Aged {
  metadata: { name: string; creationTimestamp?: string };
}

/** The older first; of two from the same second the one whose name comes first. What is not made yet is the youngest. */
export function byAge(a: Aged, b: Aged): number {
  return compare(birth(a), birth(b)) || compare(a.metadata.name, b.metadata.name);
}

function birth({ metadata }: Aged): string {
  // Timestamps begin with a digit, which comes before any letter.
  return metadata.creationTimestamp ?? 'never';
}
