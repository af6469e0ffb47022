/** Key of the ConfigMap with {@link distributionConfig}. */
export const DISTRIBUTION_CONFIG = 'distribution.config';

/**
 * How nodes, and commands that are run beside them, talk to each other: over TLS, where both ends prove that they are of the
 * namespace's authority, and the called one that it is the node of that name. What a node may do is asked by the cookie, as before. Files
 * are read anew for new connections. https://www.rabbitmq.com/docs/clustering-ssl
 * @param folder of `ca.crt`, `tls.crt` and `tls.key`
 */
export function distributionConfig(folder: string): string {
  const files = [
    `{cacertfile, "${folder}/ca.crt"}`,
    `{certfile, "${folder}/tls.crt"}`,
    `{keyfile, "${folder}/tls.key"}`,
  ];
  const both = [...files, '{verify, verify_peer}', "{versions, ['tlsv1.3']}"].join(', ');
  return `[{server, [${both}, {fail_if_no_peer_cert, true}]}, {client, [${both}]}].\n`;
}

/** Arguments of Erlang for a node and for the commands. */
export function distributionArguments(file: string): string {
  return `-proto_dist inet_tls -ssl_dist_optfile ${file}`;
}
