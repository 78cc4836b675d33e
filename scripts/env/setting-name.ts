import { UserError } from '../../contracts/user-error.ts'
import { isSettingName, type SettingName } from '../../settings/catalogue.ts'
import { nearestSetting } from './suggestion.ts'

/** The setting of this name. Throws a UserError with the nearest one where there is none. */
export function requireSettingName(name: string): SettingName {
  if (isSettingName(name)) return name
  const nearest = nearestSetting(name)
  throw new UserError({
    code: 'SETTING_UNKNOWN',
    what: `There is no setting ${name}.`,
    fix: nearest ? `Did you mean ${nearest}?` : '`npm run env` shows them all.',
  })
}
