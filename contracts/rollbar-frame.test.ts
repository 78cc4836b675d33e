import { expect, test } from 'vitest'
import { innermostLast, isOwnFrame } from './rollbar-frame.ts'

test.each([
  { filename: '/srv/app/backend/api/home.ts' },
  { filename: 'C:\\app\\home.ts' },
  { filename: '/home/me/app/app.py' },
  { filename: '<string>' },
  { filename: '/home/me/go/src/github.com/me/app/main.go' },
  { filename: '/home/me/app/main.go' },
  { filename: 'Home.java', class_name: 'com.example.Home' },
  { filename: 'Home.java', class_name: 7 },
])('%j is the application’s', (frame) => expect(isOwnFrame(frame)).toBe(true))

test.each([
  {},
  { filename: '' },
  { filename: 7 },
  { filename: 'node:internal/process' },
  { filename: 'C:\\app\\node_modules\\express\\index.js' },
  { filename: '/usr/lib/python3.11/json/decoder.py' },
  { filename: '/home/me/.venv/lib/python3.11/site-packages/flask/app.py' },
  { filename: '/usr/lib/python3/dist-packages/flask/app.py' },
  { filename: '<frozen importlib._bootstrap>' },
  { filename: 'github.com/rollbar/rollbar-go@v1.4.5/client.go' },
  { filename: '/usr/local/go/src/runtime/asm_amd64.s' },
  { filename: '/opt/go1.26.8/src/net/http/server.go' },
  { filename: 'Thread.java', class_name: 'java.lang.Thread' },
])('%j is not', (frame) => expect(isOwnFrame(frame)).toBe(false))

test('rollbar-go’s frames are turned round', () => {
  expect(innermostLast([1, 2], 'rollbar/rollbar-go')).toEqual([2, 1])
  expect(innermostLast([1, 2], 'pyrollbar')).toEqual([1, 2])
  expect(innermostLast([1, 2], undefined)).toEqual([1, 2])
})
