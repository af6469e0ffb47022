import type { KubeObject, ResourceType } from '../runtime/kube.ts';

/** Kinds of the API server that the webhooks are registered with, with the few fields that are read. */

interface ClientConfig {
  caBundle?: string;
}

export interface ValidatingWebhookConfiguration extends KubeObject {
  webhooks?: { name: string; clientConfig?: ClientConfig }[];
}

export interface CustomResourceDefinition extends KubeObject {
  spec: {
    names: { kind: string; plural: string };
    group: string;
    versions: { name: string; served: boolean; storage: boolean }[];
    conversion?: { strategy: string; webhook?: { clientConfig?: ClientConfig } };
  };
  status?: { storedVersions?: string[] };
}

export const validatingWebhookConfigurations: ResourceType<ValidatingWebhookConfiguration> = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  namespaced: false,
};

export const customResourceDefinitions: ResourceType<CustomResourceDefinition> = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
