/** Keywords of PromQL that are not metric names and not followed by `(`. */
const KEYWORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);

/** Names of the metrics that an expression reads; `_bucket`, `_sum` and `_count` stand for their histogram. */
export function metricNames(expr: string): string[] {
  const bare = expr
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const names = new Set<string>();
  for (const [, word = ''] of bare.matchAll(/\b([a-z_][\w:]*)\b(?!\s*\()/gi)) {
    if (!KEYWORDS.has(word.toLowerCase())) names.add(word.replace(/_(bucket|sum|count)$/, ''));
  }
  return [...names];
}
