import { Gauge, Histogram, type Registry } from 'prom-client';

/** Metrics of the webhooks, in the manager's registry. */
export class WebhookMetrics {
  readonly requests: Histogram<'path' | 'code'>;
  readonly certificateExpires: Gauge;
  readonly registrationFailing: Gauge;
  readonly unreachable: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Histogram({
      name: 'careplane_webhook_request_duration_seconds',
      help: 'Reviews answered by path and HTTP status.',
      labelNames: ['path', 'code'],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    });
    this.certificateExpires = new Gauge({
      name: 'careplane_webhook_certificate_expires_seconds',
      help: 'When the certificate that webhooks are served with expires (Unix time); 0: none is served.',
      registers,
    });
    this.registrationFailing = new Gauge({
      name: 'careplane_webhook_registration_failing',
      help: "1 while the leader cannot look after the webhooks' certificates and registration.",
      registers,
    });
    this.unreachable = new Gauge({
      name: 'careplane_webhook_unreachable',
      help: '1 while the API server does not reach the webhooks: their registration is withdrawn and nothing is validated.',
      registers,
    });
  }
}
