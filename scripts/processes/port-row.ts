import type { SettingName } from '../../settings/catalogue.ts'

/**
 * The settings of all ports that listen, in the order of the ports that `npm run env -- --ports` gives them. A new one is
 * the last, so that the ports of workspaces from before it stay as they are.
 */
export const PORT_ROW = [
  'PORT',
  'PROFILES_PORT',
  'SANDBOX_PORT',
  'DATABASE_PORT',
  'AWS_XRAY_DAEMON_ADDRESS',
  'SANDBOX_GRPC_PORT',
] as const satisfies readonly SettingName[]
