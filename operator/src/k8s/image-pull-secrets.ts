/** The part of a pod that names the Secrets with which its images are pulled; nothing where there are none, so that no pod rolls for it. */
export function imagePullSecrets(names: readonly string[]): { imagePullSecrets?: { name: string }[] } {
  return names.length === 0 ? {} : { imagePullSecrets: names.map((name) => ({ name })) };
}
