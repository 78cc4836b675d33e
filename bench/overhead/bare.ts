import { createApp, listen } from './app.ts'

listen(createApp([], []))
