import { expect, test } from 'vitest'
import { ownCpuMs } from '../../tests/harness/cpu.ts'
import { readStackTrace } from './stack-trace.ts'

/** As each language's OpenTelemetry SDK recorded it (examples/), shortened. */
const TRACES: Readonly<Record<string, readonly string[]>> = {
  nodejs: [
    'Error: no',
    '    at file:///app/app.js:21:9',
    '    at Layer.handleRequest (/app/node_modules/router/lib/layer.js:169:33)',
  ],
  java: [
    'java.lang.IllegalStateException: no',
    '\tat Main.lambda$main$1(Main.java:28)',
    '\tat jdk.httpserver/com.sun.net.httpserver.Filter$Chain.doFilter(Filter.java:95)',
    '\tat app//java.lang.reflect.Method.invoke(Native Method)',
    '\tSuppressed: java.io.IOException: closed',
    '\t\tat Main.close(Main.java:99)',
    'Caused by: java.io.IOException: first: line',
    'second line',
    '\tat Main.read(Main.java:12)',
    '\t... 7 more',
    'Caused by: java.lang.NullPointerException',
    '\tat Main.path(Main.java:5)',
  ],
  python: [
    'Traceback (most recent call last):',
    '  File "/app/store.py", line 4, in load',
    '    return ROWS[key]',
    '           ~~~~^^^^^',
    "KeyError: 'seven'",
    '',
    'During handling of the above exception, another exception occurred:',
    '',
    'Traceback (most recent call last):',
    '  File "/usr/lib/flask/app.py", line 917, in full_dispatch_request',
    '    rv = self.dispatch_request()',
    '  File "/app/app.py", line 9, in show',
    '    raise ValueError("no")',
    'ValueError: no',
    '',
  ],
  go: [
    'goroutine 6 [running]:',
    'main.run.reportPanics.func4.1()',
    '\t/app/main.go:87 +0x2b3',
    'panic({0xb64540?, 0x5009a39f8d0?})',
    '\t/usr/local/go/src/runtime/panic.go:860 +0x13a',
    'net/http.(*ServeMux).ServeHTTP(0xd03138?, {0xd020e0, 0x5009a3e7100}, 0x5009a427cc0)',
    '\t/usr/local/go/src/net/http/server.go:2828 +0x1c7',
  ],
  dotnet: [
    'System.InvalidOperationException: no',
    '   at Shop.Orders.Show(Int32 id) in /app/Orders.cs:line 12',
    '   at System.Threading.Thread.Start()',
  ],
}

const read = (language: string) => readStackTrace((TRACES[language] ?? []).join('\n'), language)

test('JavaScript', () => {
  const frames = [
    { label: 'anonymous', path: '/app/app.js', line: 21 },
    { label: 'Layer.handleRequest', path: '/app/node_modules/router/lib/layer.js', line: 169 },
  ]
  expect(read('nodejs')).toEqual([frames, []])
  expect(readStackTrace((TRACES.nodejs ?? []).join('\n'), '')).toEqual([frames, []])
})

test('Java: without modules and suppressed exceptions, and with causes', () => {
  expect(read('java')).toEqual([
    [
      { label: 'Main.lambda$main$1', path: 'Main.java', line: 28 },
      { label: 'com.sun.net.httpserver.Filter$Chain.doFilter', path: 'Filter.java', line: 95 },
      { label: 'java.lang.reflect.Method.invoke', path: 'Native Method', line: 0 },
    ],
    [
      {
        type: 'java.io.IOException',
        message: 'first: line\nsecond line',
        stack: [{ label: 'Main.read', path: 'Main.java', line: 12 }],
      },
      {
        type: 'java.lang.NullPointerException',
        message: '',
        stack: [{ label: 'Main.path', path: 'Main.java', line: 5 }],
      },
    ],
  ])
})

test('Python: the innermost call first, and the exception that was being handled', () => {
  expect(read('python')).toEqual([
    [
      { label: 'show', path: '/app/app.py', line: 9 },
      { label: 'full_dispatch_request', path: '/usr/lib/flask/app.py', line: 917 },
    ],
    [
      {
        type: 'KeyError',
        message: "'seven'",
        stack: [{ label: 'load', path: '/app/store.py', line: 4 }],
      },
    ],
  ])
})

test('Go: functions with their arguments, as the Collector keeps them', () => {
  expect(read('go')).toEqual([
    [
      { label: 'main.run.reportPanics.func4.1()', path: '/app/main.go', line: 87 },
      { label: 'panic({0xb64540?, 0x5009a39f8d0?})', path: '/usr/local/go/src/runtime/panic.go', line: 860 },
      {
        label: 'net/http.(*ServeMux).ServeHTTP(0xd03138?, {0xd020e0, 0x5009a3e7100}, 0x5009a427cc0)',
        path: '/usr/local/go/src/net/http/server.go',
        line: 2828,
      },
    ],
    [],
  ])
})

test('.NET: calls whose place is known', () => {
  expect(read('dotnet')).toEqual([
    [{ label: 'Shop.Orders.Show(Int32 id)', path: '/app/Orders.cs', line: 12 }],
    [],
  ])
})

const HOSTILE = [
  '',
  'no',
  '\n\t\n  ',
  ' at ('.repeat(1_000_000),
  `\tat ${'a/'.repeat(30_000)}`,
  'Caused by: \n'.repeat(350_000),
  `    at ${':1'.repeat(30_000)}x`,
  `    at ${'a ('.repeat(20_000)}`,
  `\tat ${'a('.repeat(30_000)}`,
  `  File "${'", line 1, in \u2028'.repeat(4_000)}\u2028`,
  `   at ${') in :line 1'.repeat(5_000)}x`,
  `\t${':1 +0xa'.repeat(9_000)}x`,
  `   at ${' '.repeat(60_000)}x`,
]

test.each(['nodejs', 'java', 'python', 'go', 'dotnet', 'erlang'])(
  '%s: any text is read in bounded time',
  (language) => {
    for (const line of HOSTILE) {
      for (const text of [line, `${line}\n`.repeat(Math.ceil(4_000_000 / (line.length + 1)))]) {
        const started = ownCpuMs()
        readStackTrace(text, language)
        expect(ownCpuMs() - started).toBeLessThan(1_000)
      }
    }
  },
)

test('an error without frames has none', () => {
  for (const text of ['', 'no', '\n\t\n  ', 'Caused by: \n'.repeat(9_000)])
    for (const language of Object.keys(TRACES)) expect(readStackTrace(text, language)[0]).toEqual([])
})
