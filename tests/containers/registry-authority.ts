import { spawnSync } from 'node:child_process'

/** Prints the certificate of the authority that vouches for a host. Ends with 1 where Node does not know that authority. */
const PRINT_AUTHORITY = `
const [host, port] = process.argv.slice(1)
const socket = require('node:tls').connect({ host, port, servername: host }, () => {
  let certificate = socket.getPeerCertificate(true)
  while (certificate.issuerCertificate && certificate.issuerCertificate !== certificate)
    certificate = certificate.issuerCertificate
  console.log('-----BEGIN CERTIFICATE-----')
  console.log(certificate.raw.toString('base64').match(/.{1,64}/g).join('\\n'))
  console.log('-----END CERTIFICATE-----')
  socket.end()
})
socket.on('error', () => process.exit(1))
`

/**
 * The build arguments with which a build reaches the registry of this machine's npm: the registry where it is not npm's
 * default, and the certificate of an authority that only this machine knows, as a person behind such a proxy gives it.
 */
export function registryArguments(): Readonly<Record<string, string>> {
  const { stdout } = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' })
  const registry = new URL(stdout.trim())
  const isSet = Object.keys(process.env).some((name) => name.toLowerCase() === 'npm_config_registry')
  const argument = isSet ? { npm_config_registry: registry.href } : {}
  if (registry.protocol !== 'https:') return argument
  const print = (env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, ['-e', PRINT_AUTHORITY, registry.hostname, registry.port || '443'], {
      encoding: 'utf8',
      env,
      timeout: 20_000,
    })
  const { NODE_EXTRA_CA_CERTS: _, ...plain } = process.env
  if (print(plain).status === 0) return argument
  const { status, stdout: certificate } = print(process.env)
  return status === 0 ? { ...argument, CA_CERTIFICATES: certificate } : argument
}
