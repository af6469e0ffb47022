import { command } from './cluster.ts';

/** `ctr images ...` on the embedded cluster. Images are not pulled there: the same image under another tag counts as another image. */
export async function containerd(...args: string[]): Promise<void> {
  const script = '. cluster/embedded/lib/settings.sh; k8s_ctr images "$@"';
  await command('bash', ['-euc', script, 'images', ...args]);
}
