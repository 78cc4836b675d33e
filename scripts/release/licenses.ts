import type { Lockfile } from './lockfile.ts'

export interface LicensedPackage {
  /** `name@version` */
  readonly id: string
  /** As the package says: an SPDX expression in nearly all cases. `none` where it says nothing. */
  readonly license: string
  /** Only commands, tests and builds need the package; the services run without it. */
  readonly isDevelopment: boolean
}

/** Every package of a lockfile once, also those for other platforms, in the order of their names. */
export function licensedPackages({ packages }: Lockfile): LicensedPackage[] {
  const byId = new Map<string, LicensedPackage>()
  for (const [folder, { version, license = 'none', dev, devOptional }] of Object.entries(packages)) {
    if (folder === '') continue
    const id = `${folder.split('node_modules/').at(-1)}@${version}`
    const isDevelopment = (dev ?? devOptional ?? false) && (byId.get(id)?.isDevelopment ?? true)
    byId.set(id, { id, license, isDevelopment })
  }
  return [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** The packages by license as text: first those of the services. */
export function licenseList(packages: readonly LicensedPackage[]): string {
  const parts = [false, true].flatMap((isDevelopment) => {
    const chosen = packages.filter((one) => one.isDevelopment === isDevelopment)
    const byLicense = Map.groupBy(chosen, ({ license }) => license)
    return [
      `${isDevelopment ? 'Commands, tests and builds' : 'The services'}: ${chosen.length} packages`,
      ...[...byLicense]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([license, of]) => [license, ...of.map(({ id }) => `  ${id}`)].join('\n')),
    ]
  })
  return `${parts.join('\n\n')}\n`
}
