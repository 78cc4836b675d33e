import { useState } from 'preact/hooks'

/** Longer values are cut until the user expands them. Characters. */
const MAX_SHOWN = 600

export type FieldList = readonly (readonly [name: string, value: unknown])[]

interface Props {
  readonly fields: FieldList
  readonly search: string
  /** Where a question about the value is asked; undefined for values that no question can be about. */
  readonly hrefOfField?: ((name: string, value: unknown) => string | undefined) | undefined
}

/** Names and values that contain the searched words. */
export function Fields({ fields, search, hrefOfField }: Props) {
  const flat = fields.flatMap(([name, value]) => flatten(name, value))
  const raw = new Map(fields)
  const words = search.toLowerCase()
  const shown = words
    ? flat.filter(([name, value]) => `${name} ${value}`.toLowerCase().includes(words))
    : flat
  if (shown.length === 0) return words ? <p class="soft small">Nothing with “{search}”</p> : null
  return (
    <dl class="fields">
      {shown.map(([name, value]) => (
        <div key={name}>
          <dt class="soft">{breakable(name)}</dt>
          <dd>
            <Value text={value} />{' '}
            {hrefOfField && <AskLink href={hrefOfField(name, raw.get(name))} name={name} />}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function AskLink({ href, name }: { readonly href: string | undefined; readonly name: string }) {
  if (!href) return null
  return (
    <a class="ask-link small" href={href} aria-label={`Ask about events with this ${name}`}>
      Ask
    </a>
  )
}

/** Allows line breaks in `http.response.status_code` after dots only. */
function breakable(name: string) {
  return name.split(/(?<=[._])/).map((part, index) => (
    <>
      {index > 0 && <wbr />}
      {part}
    </>
  ))
}

function Value({ text }: { readonly text: string }) {
  const [isWhole, setWhole] = useState(false)
  if (text.length <= MAX_SHOWN || isWhole) return <>{text}</>
  return (
    <>
      {text.slice(0, MAX_SHOWN)}…{' '}
      <button type="button" class="link" onClick={() => setWhole(true)}>
        all {text.length.toLocaleString('en-GB')} characters
      </button>
    </>
  )
}

const MAX_FIELDS = 400

/** Flattens nested objects to names like `http.request.method`; lists stay lists. */
function flatten(name: string, value: unknown, depth = 0): [string, string][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 6) {
    const entries = Object.entries(value)
    if (entries.length > 0) {
      return entries
        .slice(0, MAX_FIELDS)
        .flatMap(([key, inner]) => flatten(name ? `${name}.${key}` : key, inner, depth + 1))
    }
  }
  return [[name, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')]]
}
