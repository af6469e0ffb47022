import { createLogger, startManager } from '@careplane/operator';
import { healthServiceController } from './controller.ts';

/** The contestant: Careplane's machinery with its defaults, and the controller of the bench's kind. */
const manager = await startManager({
  kubeconfig: process.env['KUBECONFIG'],
  controllers: [healthServiceController()],
  lease: { namespace: 'default', name: 'careplane-bench' },
  identity: `bench-${process.pid}`,
  userAgent: 'careplane-bench',
  log: createLogger('info'),
});
process.once('SIGTERM', () => void manager.stop());
