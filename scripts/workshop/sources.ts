import { type Providers, reachable, resolveProviders, sandboxUrl } from '../../settings/providers.ts'
import type { Environment, Settings } from '../../settings/read.ts'
import { openXRay, type XRayApi } from '../aws/client.ts'

/** Where evidence is read. */
export interface Sources {
  readonly settings: Settings
  readonly providers: Providers
  readonly environment: Environment
  readonly sandbox: string
  readonly api: string
  readonly xray: XRayApi
}

export function openSources(settings: Settings, environment: Environment = process.env): Sources {
  const providers = resolveProviders(settings, environment)
  return {
    settings,
    providers,
    environment,
    sandbox: sandboxUrl(settings),
    api: `http://${reachable(settings.BACKEND_HOST)}:${settings.PORT}`,
    xray: openXRay(settings, providers.xray),
  }
}
