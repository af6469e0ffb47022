/** Labels that Kubernetes recommends, on pods of ours. */
export function recommendedLabels(name: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/part-of': 'careplane',
    'app.kubernetes.io/managed-by': 'careplane',
  };
}
