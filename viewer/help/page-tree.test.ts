import { expect, test } from 'vitest'
import { pageTree } from './page-tree.ts'

test('headings, text, code, lists, tables and quotes', () => {
  const markdown = [
    "## Give X-Ray's SDK the `id`",
    '',
    'One **bold _word_**, `a < b`, a [link](flask.md#one-id) &amp; more',
    'on two lines.',
    '',
    '1. first',
    '2. second',
    '   - inner',
    '',
    '```diff',
    '-a',
    '+<b>',
    '```',
    '',
    '| name | why |',
    '| --- | --- |',
    '| `A` | [x](https://a.example) |',
    '',
    '> quoted',
  ].join('\n')
  const link = { tag: 'a', href: 'flask.md#one-id', inside: ['link'] }
  const text = (...inside: unknown[]) => ({ kind: 'paragraph', inside })
  expect(pageTree(markdown)).toEqual([
    {
      kind: 'heading',
      depth: 2,
      id: 'give-x-rays-sdk-the-id',
      inside: ["Give X-Ray's SDK the ", { tag: 'code', inside: ['id'] }],
    },
    text(
      'One ',
      { tag: 'strong', inside: ['bold ', { tag: 'em', inside: ['word'] }] },
      ', ',
      { tag: 'code', inside: ['a < b'] },
      ', a ',
      link,
      ' & more\non two lines.',
    ),
    {
      kind: 'list',
      isOrdered: true,
      items: [
        [text('first')],
        [text('second'), { kind: 'list', isOrdered: false, items: [[text('inner')]] }],
      ],
    },
    { kind: 'code', language: 'diff', text: '-a\n+<b>' },
    {
      kind: 'table',
      head: [['name'], ['why']],
      rows: [[[{ tag: 'code', inside: ['A'] }], [{ tag: 'a', href: 'https://a.example', inside: ['x'] }]]],
    },
    { kind: 'quote', blocks: [text('quoted')] },
  ])
})

test('HTML is left out', () => {
  expect(pageTree('<script>alert(1)</script>\n\na <b>b</b>')).toEqual([
    { kind: 'paragraph', inside: ['a ', 'b'] },
  ])
})
