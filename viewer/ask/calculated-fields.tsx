import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { CalculatedFieldInput } from '../../analysis/questions/question.ts'
import type { ColumnEntry } from '../../contracts/sandbox/query.ts'
import { FUNCTIONS } from '../../contracts/sandbox/query-functions.ts'
import { Notes, type ShownNote } from '../clauses/clause.tsx'
import { Combobox } from '../shell/combobox.tsx'
import { completeExpression } from './expression-completion.ts'

interface Props {
  readonly fields: readonly CalculatedFieldInput[]
  readonly columns: readonly ColumnEntry[]
  readonly notes: readonly ShownNote[]
  readonly onDraft: (fields: CalculatedFieldInput[] | undefined) => void
  readonly onFields: (fields: CalculatedFieldInput[]) => void
}

/** Columns that are calculated from others, for this question. */
export function CalculatedFields({ fields, columns, notes, onDraft, onFields }: Props) {
  const [isAdding, setAdding] = useState(false)
  const add = useRef<HTMLButtonElement>(null)
  const put = (index: number, field: CalculatedFieldInput) =>
    index < fields.length ? fields.map((known, at) => (at === index ? field : known)) : [...fields, field]
  const rows = isAdding ? [...fields, { name: '', expression: '' }] : fields
  return (
    <div class="clause calculated" role="group" aria-label="Calculated fields">
      {rows.map((field, index) => (
        <Field
          key={index}
          field={field}
          isNew={index === fields.length}
          columns={columns}
          notes={notes.filter(({ clause }) => `${clause}.`.startsWith(`calculated_fields.${index}.`))}
          onDraft={(next) => onDraft(next && put(index, next))}
          onField={(next) => {
            setAdding(false)
            onFields(put(index, next))
          }}
          onRemove={() => {
            setAdding(false)
            onDraft(undefined)
            add.current?.focus()
            if (index < fields.length) onFields(fields.filter((_, at) => at !== index))
          }}
        />
      ))}
      {notes
        .filter(({ clause }) => clause === 'calculated_fields')
        .map(({ message }) => (
          <p key={message} class="bad small" role="alert">
            {message}
          </p>
        ))}
      <div class="line">
        <button
          ref={add}
          type="button"
          class="link small"
          disabled={isAdding}
          onClick={() => setAdding(true)}
        >
          Add a calculated field
        </button>
        {rows.length > 0 && <Functions />}
      </div>
    </div>
  )
}

interface FieldProps {
  readonly field: CalculatedFieldInput
  readonly isNew: boolean
  readonly columns: readonly ColumnEntry[]
  readonly notes: readonly ShownNote[]
  readonly onDraft: (field: CalculatedFieldInput | undefined) => void
  readonly onField: (field: CalculatedFieldInput) => void
  readonly onRemove: () => void
}

function Field({ field, isNew, columns, notes, onDraft, onField, onRemove }: FieldProps) {
  const id = useId()
  const [name, setName] = useState(field.name)
  const [expression, setExpression] = useState(field.expression)
  const [cursor, setCursor] = useState(0)
  const first = useRef<HTMLInputElement>(null)
  useEffect(() => setName(field.name), [field.name])
  useEffect(() => setExpression(field.expression), [field.expression])
  useEffect(() => {
    if (isNew) first.current?.focus()
  }, [])

  const isComplete = name.trim() !== '' && expression.trim() !== ''
  const type = (next: CalculatedFieldInput) => {
    setName(next.name)
    setExpression(next.expression)
    onDraft(next.name.trim() && next.expression.trim() ? next : undefined)
  }
  const finish = () => {
    if (!isComplete) return
    if (name !== field.name || expression !== field.expression)
      onField({ name: name.trim(), expression: expression.trim() })
  }
  const wrong = notes.some(({ isError }) => isError)
  return (
    <div class="calculated-field">
      <label>
        <span class="sr">Name of the calculated field</span>
        <input
          ref={first}
          type="text"
          class="mono"
          placeholder="name"
          autocomplete="off"
          spellcheck={false}
          value={name}
          onInput={({ currentTarget }) => type({ name: currentTarget.value, expression })}
          onBlur={finish}
        />
      </label>
      <span aria-hidden="true">=</span>
      <Combobox
        label={`Expression of ${name || 'the calculated field'}`}
        text={expression}
        suggestions={completeExpression(columns, expression, cursor)}
        placeholder="IF($duration_ms > 500, &quot;slow&quot;, &quot;fast&quot;)"
        describedBy={notes.length > 0 ? `${id}-notes` : undefined}
        isInvalid={wrong}
        onText={(text, at) => {
          setCursor(at)
          type({ name, expression: text })
        }}
        onCursor={setCursor}
        onAccept={({ text, cursor: at = text.length }) => {
          setCursor(at)
          type({ name, expression: text })
        }}
        onEnter={finish}
        onEscape={() => {
          if (name === field.name && expression === field.expression) return false
          type(field)
          onDraft(undefined)
          return true
        }}
        onBlur={finish}
      />
      <button
        type="button"
        class="chip-button"
        aria-label={`Remove ${name || 'this field'}`}
        onClick={onRemove}
      >
        ×
      </button>
      <Notes id={`${id}-notes`} notes={notes} />
    </div>
  )
}

function Functions() {
  return (
    <details class="functions small">
      <summary>Functions</summary>
      <p class="soft">
        Columns are written <code>$duration_ms</code>, texts <code>"home"</code>. Also + - * / % = != &lt;
        &lt;= &gt; &gt;= AND OR !.
      </p>
      <dl>
        {FUNCTIONS.map(({ signature, meaning }) => (
          <div key={signature}>
            <dt class="mono">{signature}</dt>
            <dd class="soft">{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
