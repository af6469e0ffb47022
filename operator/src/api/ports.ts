/** Ports of the engines' pods, all with TLS: stores and brokers listen on them, NetworkPolicies open them. */
export const ENGINE_PORT = { mongodb: 27017, redis: 6379, rabbitmq: 5671 } as const;
