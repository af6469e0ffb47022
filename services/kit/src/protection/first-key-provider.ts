import { UnknownKeyVersion } from './key-provider.ts';
import type { KeyProvider } from './key-provider.ts';

/**
 * The first provider wraps; the others unwrap what they wrapped once. So a clinic moves from one to another: `rewrap` brings
 * every key under the first, and then the others may go. Each refuses versions that are not its own.
 */
export function firstKeyProvider(first: KeyProvider, others: readonly KeyProvider[]): KeyProvider {
  return {
    currentVersion: () => first.currentVersion(),
    announcedVersions: async () => (await first.announcedVersions?.()) ?? [],
    wrap: (key, context) => first.wrap(key, context),
    async unwrap(wrapped, context) {
      for (const provider of [first, ...others]) {
        try {
          return await provider.unwrap(wrapped, context);
        } catch (error) {
          if (!(error instanceof UnknownKeyVersion)) throw error;
        }
      }
      throw new UnknownKeyVersion(wrapped.version);
    },
  };
}
