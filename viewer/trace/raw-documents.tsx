import { useEffect, useState } from 'preact/hooks'
import { copy } from '../shell/browser.ts'

/** Longer documents can only be downloaded. Characters. */
const MAX_SHOWN = 200_000

const FORMS = [
  ['otlp.json', 'OTLP JSON', 'The requests that Honeycomb received, as one in OTLP/JSON'],
  ['xray.json', 'X-Ray JSON', 'The segment documents, each exactly as it was received'],
  ['rollbar.json', 'Rollbar JSON', 'The occurrences’ data, without their tokens'],
  ['logs.json', 'Logs JSON', 'The log records'],
] as const

/** Of a trace with more records, the documents are read when a form is chosen: they have megabytes. */
const MAX_UNASKED = 1_000

type Form = (typeof FORMS)[number][0]

interface Props {
  readonly traceId: string
  /** How many the trace has. */
  readonly records: number
}

/** The documents that the lenses show, to read, copy and download. */
export function RawDocuments({ traceId, records }: Props) {
  const [form, setForm] = useState<Form | undefined>(records > MAX_UNASKED ? undefined : 'otlp.json')
  const [text, setText] = useState('')
  const [copied, setCopied] = useState('')
  const address = (name: string) => new URL(`sandbox/traces/${traceId}/export/${name}`, document.baseURI).href
  useEffect(() => {
    if (!form) return
    const abort = new AbortController()
    setText('Loading')
    setCopied('')
    fetch(address(form), { signal: abort.signal })
      .then(async (response) => setText(await response.text()))
      .catch((error: Error) => {
        if (error.name !== 'AbortError') setText(error.message)
      })
    return () => abort.abort()
  }, [form, traceId])
  const [, , about] = FORMS.find(([name]) => name === form) ?? []
  return (
    <section class="card raw" aria-labelledby="raw-title">
      <header class="line">
        <h2 id="raw-title">As received</h2>
        <div class="choices" role="group" aria-label="Document">
          {FORMS.map(([name, label]) => (
            <button type="button" key={name} aria-pressed={form === name} onClick={() => setForm(name)}>
              {label}
            </button>
          ))}
        </div>
        {form && (
          <span class="line raw-actions">
            <button
              type="button"
              onClick={() => copy(text).then((isDone) => setCopied(isDone ? 'Copied' : 'Select it and copy'))}
            >
              {copied || 'Copy'}
            </button>
            <a href={address(form)} download={`${traceId}.${form}`}>
              Download
            </a>
            {form === 'otlp.json' && (
              <a href={address('otlp.pb')} download={`${traceId}.otlp.pb`}>
                Download protobuf, to the byte
              </a>
            )}
          </span>
        )}
      </header>
      {form ? (
        <>
          <p class="soft small">{about}.</p>
          <pre class="raw-text" tabIndex={0}>
            {text.slice(0, MAX_SHOWN)}
            {text.length > MAX_SHOWN && '\n… download it to see the rest'}
          </pre>
        </>
      ) : (
        <p class="soft small">The trace is large. Choose what to read.</p>
      )}
    </section>
  )
}
