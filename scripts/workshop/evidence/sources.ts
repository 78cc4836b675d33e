import type { XRayClient } from '@aws-sdk/client-xray'
import { type Providers, reachable, resolveProviders, sandboxUrl } from '../../../settings/providers.ts'
import type { Environment, Settings } from '../../../settings/read.ts'
import { openXRay } from '../../aws/client.ts'

/** The addresses and the client with which evidence is read. */
export interface Sources {
  readonly settings: Settings
  readonly environment: Environment
  readonly providers: Providers
  readonly sandbox: string
  readonly api: string
  readonly xray: XRayClient
}

/** The workspace of which checks read: one for all chapters, since opening it costs a client and two settings files. */
export function openSources(
  settings: Settings,
  environment: Environment = process.env,
): Sources & Disposable {
  const providers = resolveProviders(settings, environment)
  const xray = openXRay(settings, providers.xray)
  return {
    ...{ settings, environment, providers, xray },
    sandbox: sandboxUrl(settings),
    api: `http://${reachable(settings.BACKEND_HOST)}:${settings.PORT}`,
    [Symbol.dispose]: () => xray.destroy(),
  }
}
