import { createApp, listen } from './app.ts'

listen(await createApp([], []))
