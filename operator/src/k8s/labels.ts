/** Labels that Kubernetes recommends, on what Careplane makes. */
export function recommendedLabels(name: string): Record<string, string> {
  return {
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/part-of': 'careplane',
    'app.kubernetes.io/managed-by': 'careplane',
  };
}
