import type { Settings } from '../../settings/read.ts'
import type { Containers } from './answering.ts'

/**
 * The settings with what docker-compose.yml sets for the containers of a profile: whether X-Ray is live, which the keys in
 * `.env` decide elsewhere. The other switches are passed on to the containers as they are.
 */
export function settingsOfContainers(settings: Settings, { profile }: Pick<Containers, 'profile'>): Settings {
  if (profile === 'local') return { ...settings, XRAY_ENABLED: 'local' }
  if (profile === 'live') return { ...settings, XRAY_ENABLED: 'live' }
  if (profile !== 'collector') return settings
  // The gateway sends to a provider that has a key, whatever its switch says.
  return {
    ...settings,
    HONEYCOMB_ENABLED: settings.HONEYCOMB_API_KEY ? 'live' : 'local',
    XRAY_ENABLED: settings.AWS_ACCESS_KEY_ID ? 'live' : 'local',
  }
}
