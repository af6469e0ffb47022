import { z } from 'zod';
import type { Context } from '../../../runtime/controller.ts';
import { canonicalJson } from '../../../runtime/apply/digest.ts';

/** What verifies the tokens by which services know each other: the API server's own keys. */
export interface TokenIssuer {
  issuer: string;
  /** JSON Web Key Set, as text. */
  jwks: string;
}

/** How long the API server's keys are believed; they change when an administrator rotates them (milliseconds). */
const BELIEVED = 300_000;

/** OpenID Connect Discovery 1.0, section 4.2; the API server serves it for its service-account tokens. */
const configuration = z.object({ issuer: z.string().min(1) });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/** Reads who issues service-account tokens and by which keys they are verified, at most once in five minutes. */
export class TokenIssuerReader {
  #known: { issuer: TokenIssuer; until: number } | undefined;

  /** @throws what the request throws, or ZodError for an answer of another shape; the reconcile is tried again. */
  async read(context: Pick<Context, 'raw' | 'now'>): Promise<TokenIssuer> {
    const now = context.now();
    if (this.#known !== undefined && now < this.#known.until) return this.#known.issuer;
    const { issuer } = configuration.parse(
      JSON.parse(await context.raw('/.well-known/openid-configuration')),
    );
    const { keys } = keySet.parse(JSON.parse(await context.raw('/openid/v1/jwks')));
    // Sorted, so that the same keys in another order are no change.
    const jwks = canonicalJson({
      keys: keys
        .map((key) => canonicalJson(key))
        .sort()
        .map(parse),
    });
    this.#known = { issuer: { issuer, jwks }, until: now + BELIEVED };
    return this.#known.issuer;
  }
}

function parse(text: string): unknown {
  return JSON.parse(text);
}
