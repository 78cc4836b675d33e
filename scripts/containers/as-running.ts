import { type Providers, resolveProviders } from '../../settings/providers.ts'
import { type Environment, readSettings, type Settings } from '../../settings/read.ts'
import { type Containers, findContainers } from './answering.ts'
import { settingsOfContainers } from './settings.ts'

export interface AsRunning {
  readonly settings: Settings
  readonly providers: Providers
  /** undefined where the workspace's own processes answer, or nothing does. */
  readonly containers: Containers | undefined
}

/** The settings and the providers of what answers at the workspace's addresses. Throws as {@link readSettings} does. */
export async function readAsRunning(environment: Environment = process.env): Promise<AsRunning> {
  const own = readSettings(environment)
  const containers = await findContainers(own)
  const settings = containers ? settingsOfContainers(own, containers) : own
  return { settings, providers: resolveProviders(settings, environment), containers }
}
