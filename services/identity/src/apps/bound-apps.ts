import { describeError, pause } from '@careplane/kit';
import type { ServiceContext } from '@careplane/kit';
import { z } from 'zod';
import { newApp } from './app.ts';
import type { App } from './app.ts';

/** The Secret that registers apps in YAML (`spec.secrets: [{ name: clinic-apps }]`), and its entry. */
const SECRET = 'clinic-apps';
const ENTRY = 'apps.json';

const boundApps = z.array(
  newApp.refine(({ clientId }) => clientId !== undefined, { path: ['clientId'], message: 'is needed here' }),
);

/** The apps in a binding's text. @throws z.ZodError, SyntaxError */
export function parseBoundApps(text: string): readonly App[] {
  return boundApps.parse(JSON.parse(text)).map((app) => ({ ...app, clientId: app.clientId ?? '' }));
}

/**
 * Apps of the binding `clinic-apps`, followed without a restart. A text that is wrong leaves the last good apps, and a line in the
 * log that names the fields.
 */
export function followBoundApps(
  ctx: Pick<ServiceContext, 'bindings' | 'config' | 'lifecycle' | 'logger'>,
  ended: (clientId: string) => Promise<void>,
): { current: () => readonly App[] } {
  let seen = '';
  let apps: readonly App[] = [];
  const gone = new Set<string>();
  const look = (): void => {
    const text = textOf(ctx);
    if (text === seen) return;
    seen = text;
    try {
      const former = apps;
      apps = text === '' ? [] : parseBoundApps(text);
      for (const { clientId } of former)
        if (!apps.some((app) => app.clientId === clientId)) gone.add(clientId);
      ctx.logger.info('apps: taken from the binding', { apps: apps.length });
    } catch (error) {
      ctx.logger.warn('apps: the binding clinic-apps is wrong, the last good apps stay', {
        fields: fieldsOf(error),
      });
    }
  };
  look();
  const running = follow(async () => {
    look();
    await endGone(gone, ended, ctx);
  }, ctx);
  ctx.lifecycle.onShutdown('close', 'apps binding', () => running);
  return { current: () => apps };
}

/** Ends the tokens of apps that are gone; where that fails, it is tried again at the next look. */
async function endGone(
  gone: Set<string>,
  ended: (clientId: string) => Promise<void>,
  { logger }: Pick<ServiceContext, 'logger'>,
): Promise<void> {
  try {
    for (const clientId of gone) {
      await ended(clientId);
      gone.delete(clientId);
    }
  } catch (error) {
    logger.warn('apps: the tokens of one that is gone are not ended yet', describeError(error));
  }
}

async function follow(
  look: () => Promise<void>,
  { lifecycle: { signal }, config }: Pick<ServiceContext, 'lifecycle' | 'config'>,
): Promise<void> {
  while (!signal.aborted) {
    await pause(config.BINDING_POLL_MS, signal);
    await look();
  }
}

/** Empty when the Secret is not mounted: it is optional. */
function textOf({ bindings }: Pick<ServiceContext, 'bindings'>): string {
  try {
    return bindings.secret(SECRET)[ENTRY] ?? '';
  } catch {
    return '';
  }
}

function fieldsOf(error: unknown): string {
  if (error instanceof z.ZodError) return error.issues.map(({ path }) => path.join('.')).join(', ');
  return 'not JSON';
}
