import { devNull } from 'node:os'
import { expect, test } from 'vitest'
import { SETTINGS, type Setting, type SettingName } from './catalogue.ts'
import { whyPlaceholder } from './placeholder.ts'
import { readSettings } from './read.ts'

const names = (variable: string) =>
  `names the variable ${variable} in its value, which nothing fills in there: write the value itself`

test.each<[SettingName, string, string]>([
  ['OTEL_EXPORTER_OTLP_HEADERS', `x-honeycomb-team=\${HONEYCOMB_API_KEY}`, names('HONEYCOMB_API_KEY')],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'x-honeycomb-team=$HONEYCOMB_API_KEY,a=b', names('HONEYCOMB_API_KEY')],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=b,x-honeycomb-team=<key>', 'has a placeholder in its value'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'x-honeycomb-team=xxxx', 'has a placeholder in its value'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'x-honeycomb-team={{ key }}', 'has a placeholder in its value'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'x-honeycomb-team=your-key', 'is a placeholder, not a key'],
  ['HONEYCOMB_API_KEY', '<your-key>', 'is a placeholder, not a key'],
  ['HONEYCOMB_API_KEY', `\${HONEYCOMB_API_KEY:-canary}`, names('HONEYCOMB_API_KEY')],
  ['AWS_SECRET_ACCESS_KEY', '$AWS_SECRET_ACCESS_KEY', names('AWS_SECRET_ACCESS_KEY')],
  ['DATABASE_URL', `postgresql://user:\${DB_PASSWORD}@db:5432/x`, names('DB_PASSWORD')],
  ['DATABASE_URL', 'postgresql://user:<password>@db:5432/x', 'has a placeholder in its value'],
  ['DATABASE_URL', 'postgresql://app:your-password@db:5432/x', 'has a placeholder in its value'],
  ['WORKSPACE_STATE_DIR', '$HOME/state', names('HOME')],
  ['AWS_XRAY_URL', `*4567-\${GITPOD_WORKSPACE_ID}.example.com*`, names('GITPOD_WORKSPACE_ID')],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://<collector>:4318', 'has a placeholder in its value'],
  [
    'ROLLBAR_ENVIRONMENT',
    `\${canary}`,
    'names a variable in its value, which nothing fills in there: write the value itself',
  ],
])('%s=%s %s', (name, value, reason) => {
  expect(whyPlaceholder(SETTINGS[name], value)).toBe(reason)
  const attempt = () => readSettings({ WORKSPACE_ENV_FILE: devNull, [name]: value })
  const shown = (SETTINGS[name] as Setting).secret ? '' : ` "${value}"`
  expect(attempt).toThrow(`${name}${shown} (environment) ${reason}.`)
})

test.each<[SettingName, string]>([
  ['DATABASE_URL', 'postgresql://user:pa$word$@db:5432/x'],
  ['DATABASE_URL', 'postgresql://app:s3cret@db.your-company.com:5432/app'],
  ['DATABASE_URL', 'postgresql://app:changeme@db:5432/todo'],
  ['HONEYCOMB_API_KEY', 'a<b>7$X9'],
  ['AWS_SECRET_ACCESS_KEY', `${'wJalrXUtnFEMI/K7MDENG'}/bPxRfiCYzzzzzzzKEY`],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'x-honeycomb-team=abc,x-honeycomb-dataset=a$b'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'x-honeycomb-team=abc,x-honeycomb-dataset=todo-app'],
  ['AWS_XRAY_URL', '*.example.com'],
  ['ROLLBAR_ENVIRONMENT', 'your-class'],
  ['WORKSHOP_SEED', 'a < b > c'],
])('%s=%s is a value', (name, value) => {
  expect(whyPlaceholder(SETTINGS[name], value)).toBeUndefined()
})
