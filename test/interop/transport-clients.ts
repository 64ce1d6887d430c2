import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CERTIFICATES, SERVER_CREDENTIALS, sslConfigText, VERIFYING_CREDENTIALS } from '../support/certificates.ts';
import { TemporaryRepository } from '../support/model-repository.ts';
import { useServer } from '../support/use-server.ts';
import { type CheckCounts, runChecks } from './check-counts.ts';
import { PYTHON } from './python.ts';

/** Servers in cleartext, over a socket, with TLS and with client certificates; grpcio's clients. */
export async function checkTransportClients(): Promise<CheckCounts> {
  await using repository = await TemporaryRepository.create();
  await repository.addFixture('half_plus_two');
  const { root } = repository;
  const socket = join(root, '.socket');
  const tls = join(root, '.tls.cfg');
  const mtls = join(root, '.mtls.cfg');
  writeFileSync(tls, sslConfigText(SERVER_CREDENTIALS));
  writeFileSync(mtls, sslConfigText(VERIFYING_CREDENTIALS));
  await using plain = await useServer(root, { grpc_socket_path: socket });
  await using secure = await useServer(root, { ssl_config_file: tls, rest_api_ssl_config_file: tls });
  await using verifying = await useServer(root, { ssl_config_file: mtls });
  const script = join(import.meta.dirname, 'transport_clients.py');
  return await runChecks(PYTHON, [
    ...[script, '--certificates', CERTIFICATES, '--repository', root, '--socket', socket, '--grpc', plain.grpc],
    ...['--tls', secure.grpc, '--mtls', verifying.grpc, '--rest-tls', new URL(secure.rest).host],
  ]);
}
