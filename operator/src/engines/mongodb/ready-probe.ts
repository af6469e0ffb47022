import { ENGINE_PORT } from '../../api/ports.ts';

/** Name of the script in the ConfigMap. */
export const READY_SCRIPT = 'ready.pl';

/**
 * Sends `hello` as OP_MSG through openssl and succeeds for a primary or a secondary. It needs no password, and whether the certificate is any
 * good is not the question here. The official image has both programs; mongosh, which it has too, costs a hundred times as much.
 * https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 */
export const READY_PROGRAM = `use strict;
use IPC::Open2;
my $port = shift;
my $openssl = open2(my $from, my $to, "exec openssl s_client -quiet -connect 127.0.0.1:$port 2>/dev/null");
# The server is the first process of its container and waits for no child of others.
sub end { kill 'KILL', $openssl; waitpid $openssl, 0; }
$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = sub { end(); print "no answer\\n"; exit 1; };
alarm 2;
my $fields = pack('CZ*l<', 0x10, 'hello', 1) . pack('CZ*l<Z*', 0x02, '$db', 6, 'admin');
my $document = pack('l<', length($fields) + 5) . $fields . "\\0";
my $body = pack('l<l<l<l<C', 1, 0, 2013, 0, 0) . $document;
print $to pack('l<', length($body) + 4) . $body;
$to->flush;
my $answer = '';
if ((read($from, my $head, 4) // 0) == 4) { read($from, $answer, unpack('l<', $head) - 4); }
end();
exit 0 if $answer =~ /\\x08(?:isWritablePrimary|secondary)\\0\\x01/;
print $answer eq '' ? "no answer\\n" : "neither primary nor secondary\\n";
exit 1;
`;

const MONGOSH = `exec timeout -k 1 8 mongosh --quiet --norc --tls --tlsAllowInvalidCertificates --port ${ENGINE_PORT.mongodb} \
--eval 'const { isWritablePrimary, secondary } = db.hello(); quit(isWritablePrimary || secondary ? 0 : 1)'`;

/** Command of the readiness probe. @param folder where the ConfigMap is mounted */
export function readyCommand(folder: string): string[] {
  const perl = `exec perl ${folder}/${READY_SCRIPT} ${ENGINE_PORT.mongodb}`;
  return [
    'sh',
    '-c',
    `if command -v perl >/dev/null && command -v openssl >/dev/null; then ${perl}; fi; ${MONGOSH}`,
  ];
}
