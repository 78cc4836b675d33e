import { useState } from 'preact/hooks'
import { count } from '../../../analysis/format.ts'
import { Combobox, type Suggestion } from '../../shell/combobox.tsx'
import { Choice } from '../../shell/filter-form.tsx'

/** A longer menu is a field that finds names by their parts. */
const MAX_SELECT = 30
/** Characters of a name in a menu. */
const MAX_LABEL = 120

interface Props {
  readonly name: string
  /** `Any service` */
  readonly any: string
  readonly value: string
  readonly names: readonly { readonly name: string; readonly count: number }[]
  /** How many different names the store has. */
  readonly total: number
  readonly onPick: (value: string) => void
  /** Searches all requests for a part of a name. */
  readonly onSearch: (text: string) => void
}

/** A menu of names with the number of requests of each, the most frequent first. The chosen name is always in it. */
export function NameMenu(props: Props) {
  const { value } = props
  const names = props.names.filter(({ name }) => name !== '')
  const known =
    !value || names.some(({ name }) => name === value) ? names : [{ name: value, count: 0 }, ...names]
  if (known.length > MAX_SELECT) return <LongMenu {...props} names={known} />
  return (
    <Choice
      name={props.name}
      value={value}
      onPick={props.onPick}
      options={[
        ['', props.any],
        ...known.map((item) => [item.name, `${labelOf(item.name)} (${count(item.count)})`] as const),
      ]}
    />
  )
}

/** Undefined: nothing is being typed. */
function LongMenu({ name, any, value, names, total, onPick, onSearch }: Props) {
  const [typed, setTyped] = useState<string>()
  const wanted = (typed ?? '').trim()
  const part = wanted.toLowerCase()
  const found = part ? names.filter((item) => item.name.toLowerCase().includes(part)) : names
  const hidden = Math.max(0, total - names.length)
  const everything: Suggestion = { text: '', label: any, isComplete: true }
  const more: Suggestion = {
    text: wanted,
    label: wanted
      ? `Search all requests for “${labelOf(wanted)}”`
      : `and ${count(hidden)} more: type to search`,
    isComplete: true,
  }
  const items = [
    ...(part ? [] : [everything]),
    ...found.map((item) => ({
      text: item.name,
      label: labelOf(item.name),
      note: count(item.count),
      isComplete: true,
    })),
    ...(hidden > 0 || (part && found.length === 0) ? [more] : []),
  ]
  const leave = () => setTyped(undefined)
  return (
    <div class={`name-menu ${value ? 'chosen' : ''}`}>
      <Combobox
        label={name}
        text={typed ?? labelOf(value)}
        placeholder={`${any} (${count(total)})`}
        suggestions={{ items, selectsFirst: part !== '' }}
        onText={setTyped}
        onAccept={(item) => {
          leave()
          if (item !== more) onPick(item.text)
          else if (wanted) onSearch(wanted)
        }}
        onEnter={() => {
          leave()
          if (typed !== undefined && !wanted) onPick('')
        }}
        onEscape={() => {
          leave()
          return typed !== undefined
        }}
        onBlur={leave}
      />
    </div>
  )
}

function labelOf(name: string): string {
  return name.length > MAX_LABEL ? `${name.slice(0, MAX_LABEL)}…` : name
}
