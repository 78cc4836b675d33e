// What a client reads that speaks another protocol than its port has, and what the Providers page says of it.

/** The beginning of a TLS connection: https://www.rfc-editor.org/rfc/rfc8446#section-5.1 */
const HANDSHAKE = 0x16
const MAJOR_VERSION = 0x03

export function isTls(first: Buffer): boolean {
  return first[0] === HANDSHAKE && (first.length === 1 || first[1] === MAJOR_VERSION)
}

/** `address` is the port's own: `http://127.0.0.1:4318`. */
export function tlsAdvice(address: string): string {
  return `A client speaks TLS, which the sandbox does not have. Use ${address} in place of https, and for gRPC an insecure connection.`
}

/** `grpcAddress` is undefined where the sandbox receives no gRPC. */
export function grpcAdvice(grpcAddress: string | undefined): string {
  const target = grpcAddress ? `Send OTLP over gRPC to ${grpcAddress}, or set` : 'Set'
  return `A client speaks gRPC to the port for HTTP. ${target} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.`
}

export function httpAdvice(httpAddress: string): string {
  return `This port receives OTLP over gRPC. For OTLP over HTTP send to ${httpAddress}, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc.`
}
