interface SecretReference {
  name: string;
}

/**
 * The part of a pod that names the Secrets with which its images are pulled; nothing where there are none, so that no pod rolls for it.
 * @param everywhere names that the operator's settings give to all pods
 * @param own what the object asks for
 */
export function imagePullSecrets(
  everywhere: readonly string[],
  own: readonly SecretReference[] = [],
): { imagePullSecrets?: SecretReference[] } {
  const names = new Set([...own.map(({ name }) => name), ...everywhere]);
  return names.size === 0 ? {} : { imagePullSecrets: [...names].map((name) => ({ name })) };
}
