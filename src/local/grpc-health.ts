import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:http2';

const timeoutMs = 1000;
// A gRPC message: not compressed (0), its length in four bytes, then here HealthCheckResponse { status: SERVING }.
const serving = Buffer.from([0, 0, 0, 0, 2, 0x08, 0x01]);

/** Asks a server for its health (grpc.health.v1), without TLS. Fails unless the service is served. */
export async function checkGrpcHealth(address: string, service: string): Promise<void> {
  const session = connect(`http://${address}`);
  try {
    const answer = await ask(session, service);
    if (!answer.equals(serving)) throw new Error(`${address} answers and does not serve ${service} yet.`);
  } finally {
    session.destroy();
  }
}

function ask(session: ClientHttp2Session, service: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    session.once('error', reject);
    session.setTimeout(timeoutMs, () => {
      reject(new Error('No answer to the health check.'));
    });
    const request = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('error', reject);
    request.once('end', () => {
      resolve(Buffer.concat(chunks));
    });
    request.end(healthCheckRequest(service));
  });
}

/** HealthCheckRequest has one field: the name of the service, as text of fewer than 128 bytes. */
function healthCheckRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  return Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]);
}
