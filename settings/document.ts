import { TOPICS } from './catalogue.ts'

/** The text of `.env.example`: every setting, commented out, with its meaning and default. */
export function renderEnvExample(): string {
  const head = [
    '# Every setting of the workspace. All are optional: with none of them, the sandbox emulates all three providers.',
    '# Copy the lines you need to .env without their first #, or let `npm run env -- NAME` ask for the value and keep it',
    '# there, with the quotes that a space or one of # $ " \\ needs. Made from settings/catalogue.ts by',
    '# `npm run settings:document`.',
  ]
  const topics = Object.entries(TOPICS).flatMap(([topic, settings]) => [
    '',
    `# ── ${topic} ${'─'.repeat(Math.max(3, 70 - topic.length))}`,
    ...Object.entries(settings).flatMap(([name, setting]) => [
      '',
      `# ${setting.meaning}.${setting.secret ? ' Secret.' : ''}`,
      ...(setting.where ? [`# From ${setting.where}.`] : []),
      `#${name}=${setting.default ?? ''}`,
    ]),
  ])
  return `${[...head, ...topics].join('\n')}\n`
}

/** The table of settings in docs/settings.md. */
function renderSettingsTable(): string {
  const rows = Object.values(TOPICS)
    .flatMap((settings) => Object.entries(settings))
    .map(([name, { meaning, secret, default: value }]) => {
      const shown = secret ? '*secret*' : value ? `\`${value}\`` : ''
      return `| \`${name}\` | ${meaning.replaceAll('|', '\\|')} | ${shown} |`
    })
  return `${['| variable | meaning | default |', '| --- | --- | --- |', ...rows].join('\n')}\n`
}

const TABLE = /(<!-- settings:start -->\n)[\s\S]*?(<!-- settings:end -->)/

/** The text of docs/settings.md with the current table of settings. */
export function replaceSettingsTable(page: string): string {
  return page.replace(TABLE, (_, start: string, end: string) => `${start}\n${renderSettingsTable()}\n${end}`)
}
