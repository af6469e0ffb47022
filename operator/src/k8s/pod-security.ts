/** The uid and gid of the official images of MongoDB, RabbitMQ and Redis. */
export const ENGINE_USER = 999;

/** What PodSecurity `restricted` wants of a pod; volumes are given to the user. */
export function podSecurity(user: number): Record<string, unknown> {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    // A large volume would take minutes to be walked through at each start.
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** What PodSecurity `restricted` wants of a container, and a root file system that cannot be written. */
export const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const;
