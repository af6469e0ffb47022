import type { KoaContextWithOIDC } from 'oidc-provider';
import type { ProviderPages } from '../oidc/oidc-parts.ts';
import { Html, html } from './html.ts';
import { documentOf, headersOf } from './layout.ts';
import type { Page } from './layout.ts';
import { newNonce } from './login-second-factor.ts';

/** The pages that oidc-provider itself answers with. */
export const providerPages: ProviderPages = {
  problem(ctx, { code, description, error }): void {
    const isAway = (error as { statusCode?: number }).statusCode === 503;
    write(ctx, {
      status: ctx.status,
      title: isAway ? 'Please try again in a moment' : 'This request cannot be answered',
      body: isAway
        ? html`<p>A part of the clinic's system does not answer. Nothing has been lost.</p>`
        : html`<p>The app has made a request that is not allowed. Tell whoever provides the app:</p>
            <p class="code">${code}: ${description ?? ''}</p>`,
    });
  },
  logOut(ctx, form): void {
    const target = (ctx.oidc.params as { post_logout_redirect_uri?: string } | undefined)
      ?.post_logout_redirect_uri;
    write(ctx, {
      title: 'Log out',
      formTargets: targetsOf(target),
      body: html`<p>Do you want to log out of Careplane in this browser?</p>
        ${new Html(form)}
        <div class="buttons">
          <button type="submit" form="op.logoutForm" name="logout" value="yes">Log out</button>
          <button type="submit" form="op.logoutForm" class="second">Stay logged in</button>
        </div>`,
    });
  },
  loggedOut(ctx): void {
    write(ctx, { title: 'You are logged out', body: html`<p>You can close this page.</p>` });
  },
  backToApp(ctx, { action, fields }): void {
    write(ctx, {
      status: 'error' in fields ? 400 : 200,
      title: 'Back to the app',
      nonce: newNonce(),
      script: 'submit',
      formTargets: targetsOf(action),
      body: html`<form method="post" action="${action}">
        ${Object.entries(fields).map(
          ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
        )}
        <div class="buttons"><button type="submit">Continue</button></div>
      </form>`,
    });
  },
};

function write(ctx: KoaContextWithOIDC, page: Page): void {
  ctx.status = page.status ?? 200;
  for (const [name, value] of Object.entries(headersOf(page))) ctx.set(name, value);
  ctx.body = documentOf(page);
}

/** A source of a content security policy for a redirect URI: its origin, or its own scheme. */
export function targetsOf(uri: string | undefined): string[] {
  const url = uri === undefined ? null : URL.parse(uri);
  if (!url) return [];
  return [url.origin === 'null' ? url.protocol : url.origin];
}
