import { SETTING_NAMES, SETTINGS, type Setting, type Topic } from './catalogue.ts'

const TOPICS: readonly Topic[] = ['Honeycomb', 'AWS X-Ray', 'Rollbar', 'Sampling', 'Workspace']

function ofTopic(topic: Topic): (readonly [string, Setting])[] {
  return SETTING_NAMES.map((name) => [name, SETTINGS[name] as Setting] as const).filter(
    ([, s]) => s.topic === topic,
  )
}

/** The text of `.env.example`: every setting, commented out, with its meaning and default. */
export function renderEnvExample(): string {
  const head = [
    '# Every setting of the workspace. All are optional: without any, the sandbox emulates all three providers.',
    '# Copy the lines you need to .env, or let `npm run env -- NAME` ask for the value and keep it there.',
    '# A value with a # in it needs quotes. Made from settings/catalogue.ts by `npm run settings:document`.',
  ]
  const topics = TOPICS.flatMap((topic) => [
    '',
    `# ── ${topic} ${'─'.repeat(Math.max(3, 70 - topic.length))}`,
    ...ofTopic(topic).flatMap(([name, setting]) => [
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
  const rows = TOPICS.flatMap((topic) =>
    ofTopic(topic).map(([name, { meaning, secret, default: value }]) => {
      const shown = secret ? '*secret*' : value ? `\`${value}\`` : ''
      return `| \`${name}\` | ${meaning.replaceAll('|', '\\|')} | ${shown} |`
    }),
  )
  return `${['| variable | meaning | default |', '| --- | --- | --- |', ...rows].join('\n')}\n`
}

const TABLE = /(<!-- settings:start -->\n)[\s\S]*?(<!-- settings:end -->)/

/** The text of docs/settings.md with the current table of settings. */
export function replaceSettingsTable(page: string): string {
  return page.replace(TABLE, (_, start: string, end: string) => `${start}\n${renderSettingsTable()}\n${end}`)
}
