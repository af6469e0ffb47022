import { z } from 'zod';
import { defineService, remoteUserAuth, Router, route, runService } from '../src/index.ts';

/**
 * A service for run.int.test.ts and rollout.int.test.ts: a slow route, one that needs a token, and one that forgets to
 * handle a rejection.
 */
await runService(
  defineService({
    name: 'slow',
    config: z.object({ ANSWER_MS: z.coerce.number() }),
    start(ctx) {
      const { config } = ctx;
      const router = Router();
      if (ctx.calls.has('identity')) {
        const users = remoteUserAuth(ctx);
        router.use('/mine', users.require());
        router.get(
          '/mine',
          route({}, () => ({ status: 200, body: {} })),
        );
      }
      const slow = route({}, async () => {
        await new Promise((resolve) => setTimeout(resolve, config.ANSWER_MS));
        return { status: 200, body: { done: true } };
      });
      router.get('/slow', slow);
      router.post('/slow', slow);
      router.get(
        '/forget',
        route({}, () => {
          void Promise.reject(new SyntaxError('Unexpected token w, "waltraud@mail.example" is not JSON'));
          return { status: 202 };
        }),
      );
      return { router };
    },
  }),
);
